//! Jobs into the server's queues, and out of them.

use std::{collections::BTreeSet, time::Duration};

use async_nats::jetstream::{
    consumer::{pull, AckPolicy},
    context::PublishErrorKind,
    message::PublishMessage,
    AckKind,
};
use bytes::Bytes;

use crate::{
    error::Error,
    hash::Hash,
    job::{Checkpoint, HeldJob, Job, JobMessage},
    names,
    server::Server,
};

/// Publishes the jobs of one proof.
pub(super) struct Publisher {
    server: Server,
    proof: Hash,
    ack_wait: Duration,
    /// Queues that are known to be there.
    queues: BTreeSet<String>,
}

/// Jobs that all workers together may have in hand.
const MAX_JOBS_IN_HAND: i64 = 1_000_000;

impl Publisher {
    pub(super) fn new(server: Server, proof: Hash, ack_wait: Duration) -> Self {
        Self {
            server,
            proof,
            ack_wait,
            queues: BTreeSet::new(),
        }
    }

    /// Puts a job into its queue, unless it is there: waiting, or given to a worker that has not confirmed it. Says
    /// whether it was there.
    pub(super) async fn publish(
        &mut self,
        job: Job,
        not_for: Vec<String>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<bool, Error> {
        let queue = job.queue();
        self.make_queue(&queue).await?;
        let doing = format!("publishing {}", job.name());
        let subject = names::job(&queue, &self.proof, job.name());
        let message = JobMessage {
            proof: self.proof,
            job,
            not_for,
            checkpoint,
        };
        let payload: Bytes = serde_json::to_vec(&message).unwrap_or_default().into();
        let message = PublishMessage::build()
            .payload(payload)
            .expected_last_subject_sequence(0);
        let sent = self.server.context.send_publish(subject, message).await;
        let sent = sent.map_err(|error| Error::refused_or_full(&doing, error))?;
        match sent.await {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(true),
            Err(error) => Err(Error::refused_or_full(&doing, error)),
        }
    }

    /// Has the server give a job to others at once, in place of a worker that has gone. That it was given out counts.
    pub(super) async fn give_to_others(&self, job: &HeldJob) -> Result<(), Error> {
        let client = &self.server.client;
        let negative: Bytes = AckKind::Nak(None).into();
        let given = client.publish(job.acknowledge.clone(), negative).await;
        given.map_err(|error| Error::server(format!("giving {} to others", job.name), error))
    }

    /// Takes a job out of its queue.
    pub(super) async fn withdraw(&self, job: &Job) -> Result<(), Error> {
        self.purge(names::job(&job.queue(), &self.proof, job.name()))
            .await
    }

    /// Takes all jobs of the proof out of the queues.
    pub(super) async fn withdraw_all(&self) -> Result<(), Error> {
        self.purge(names::proof_jobs(&self.proof)).await
    }

    async fn purge(&self, subject: String) -> Result<(), Error> {
        let purged = self.server.jobs.purge().filter(subject).await;
        let purged = purged.map_err(|error| Error::server("withdrawing jobs", error));
        purged.map(drop)
    }

    async fn make_queue(&mut self, queue: &str) -> Result<(), Error> {
        if self.queues.contains(queue) {
            return Ok(());
        }
        let config = pull::Config {
            durable_name: Some(queue.to_owned()),
            filter_subject: names::queue_jobs(queue),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_ack_pending: MAX_JOBS_IN_HAND,
            ..pull::Config::default()
        };
        let made = self.server.jobs.get_or_create_consumer(queue, config).await;
        made.map_err(|error| Error::refused_or_full(format!("making the queue {queue}"), error))?;
        self.queues.insert(queue.to_owned());
        Ok(())
    }
}
