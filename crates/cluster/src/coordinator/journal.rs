//! What workers said of the jobs of a proof, in the order in which the server has it.
//!
//! A subscription tells that there is something new; what it is, is asked for by number. So there is nothing on the
//! server's side that could be lost with it.

use async_nats::{jetstream::stream::LastRawMessageErrorKind as RawMessageErrorKind, Subscriber};
use futures_util::{FutureExt, StreamExt};
use tracing::warn;

use crate::{error::Error, hash::Hash, job::Report, names, server::Server};

pub(super) struct Journal {
    server: Server,
    subject: String,
    bell: Subscriber,
    next: u64,
}

impl Journal {
    /// That of a proof, from its beginning.
    pub(super) async fn open(server: Server, proof: &Hash) -> Result<Self, Error> {
        let subject = names::results(proof);
        let bell = server.client.subscribe(subject.clone()).await;
        let bell = bell.map_err(|error| Error::server("listening for results", error))?;
        Ok(Self {
            server,
            subject,
            bell,
            next: 1,
        })
    }

    /// Waits until there may be something new.
    pub(super) async fn rings(&mut self) {
        if self.bell.next().await.is_none() {
            // The connection is gone for good; requests say so.
            std::future::pending::<()>().await;
        }
        while let Some(Some(_)) = self.bell.next().now_or_never() {}
    }

    /// What is new.
    pub(super) async fn read(&mut self) -> Result<Vec<Report>, Error> {
        let mut reports = vec![];
        loop {
            let results = &self.server.results;
            let message = results.get_first_raw_message_by_subject(&self.subject, self.next);
            let message = match message.await {
                Ok(message) => message,
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {
                    return Ok(reports);
                }
                // What was read counts; the rest is asked for again.
                Err(error) if reports.is_empty() => {
                    return Err(Error::server("reading results", error));
                }
                Err(_) => return Ok(reports),
            };
            self.next = message.sequence + 1;
            match serde_json::from_slice(&message.payload) {
                Ok(report) => reports.push(report),
                Err(error) => warn!("a message that is no result: {error}"),
            }
        }
    }

    /// Forgets what was said.
    pub(super) async fn erase(&self) -> Result<(), Error> {
        let erased = self.server.results.purge().filter(&self.subject).await;
        let erased = erased.map_err(|error| Error::server("erasing results", error));
        erased.map(drop)
    }
}
