//! Keeping a job: the server gives it to someone else when it hears nothing for its `ack_wait`.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{AckKind, Message};
use tokio::{task::JoinHandle, time::sleep};
use tracing::{debug, warn};

/// A job that is worked at.
pub(super) struct Hold {
    message: Arc<Message>,
    telling: JoinHandle<()>,
}

/// So many times within its `ack_wait` the server is told, so that a message may be lost or late.
const TIMES: u32 = 4;

/// How often a confirmation is sent, where none comes back.
const ATTEMPTS: usize = 3;

impl Hold {
    /// Tells the server at once, and then again and again.
    pub(super) fn new(message: Message, ack_wait: Duration) -> Self {
        let message = Arc::new(message);
        let held = message.clone();
        let telling = tokio::spawn(async move {
            loop {
                if let Err(error) = held.ack_with(AckKind::Progress).await {
                    debug!("telling that a job is worked at: {error}");
                }
                sleep(ack_wait / TIMES).await;
            }
        });
        Self { message, telling }
    }

    /// The job is done, or has failed for good as far as this worker goes: nobody needs to do it again. Waits for the
    /// server's word; where there is none the job is done once more, which is no fault.
    pub(super) async fn confirm(self) {
        for _ in 0..ATTEMPTS {
            match self.message.double_ack().await {
                Ok(()) => return,
                Err(error) => warn!("confirming a job: {error}"),
            }
        }
    }

    /// Gives the job to others; it comes back here after a while if none of them takes it.
    pub(super) async fn give_back(self, delay: Duration) {
        if let Err(error) = self.message.ack_with(AckKind::Nak(Some(delay))).await {
            warn!("giving a job back: {error}");
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.telling.abort();
    }
}
