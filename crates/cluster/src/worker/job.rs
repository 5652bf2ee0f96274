//! One job from its arrival to its confirmation.

use std::{
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

use async_nats::jetstream::Message;
use bytes::Bytes;
use futures_util::future::try_join_all;
use tokio::{sync::oneshot, time::sleep};
use tracing::{info, warn};

use super::{
    alive::Alive,
    bench::Benches,
    hold::Hold,
    programs::Programs,
    prover::{Prover, Workshop},
    stored::stored,
    WorkerOptions,
};
use crate::{
    error::Error,
    hash::Hash,
    job::{Checkpoint, HeldJob, Job, JobMessage, Outcome, Report},
    names::{self, JobName},
    retry::until_answered,
    server::Server,
};

/// Something that happened to a job of a worker.
#[derive(Clone, Debug)]
pub enum WorkerEvent {
    /// It came, with everything that it needs.
    Fetched(JobName),
    /// Its traces are made.
    Traced(JobName),
    /// It is proven; nobody else knows yet.
    Proven(JobName),
    /// The proof is in the store, and its result told; the job is not confirmed yet.
    Stored(JobName),
    /// It is done.
    Confirmed(JobName),
    /// It is not proven.
    Failed(JobName, String),
}

/// What all jobs of a worker have in common.
pub(super) struct Jobs<W: Workshop> {
    pub(super) server: Server,
    pub(super) benches: Benches,
    pub(super) programs: Programs<W>,
    pub(super) alive: Arc<Alive>,
    pub(super) options: WorkerOptions,
    /// Jobs in a row of which nothing came.
    pub(super) in_vain: AtomicU32,
}

/// A job that this worker holds, and what it needs: a prover with the job begun, or why there is none.
pub(super) struct Begun<P: Prover> {
    hold: Hold,
    held: HeldJob,
    job: Job,
    arrived: Instant,
    work: Result<(Arc<P>, P::Begun), Error>,
}

/// What a job took, and what came of it.
struct Made {
    proof: Vec<u8>,
    traced: Duration,
    proven: Duration,
}

/// A job that was given back comes again after this.
const BACK_AFTER: Duration = Duration::from_secs(1);

/// A job that is not for this worker is given back so often; after that nobody else wants it.
const GIVEN_BACK: i64 = 3;

/// A job that is given out for this time was so before without a word: whoever takes it dies of it.
const GIVEN_OUT: i64 = 9;

/// A worker that fails is always free: without a rest it would take every job before those that can do it. Twice as
/// long each time.
const REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(4);

impl<W: Workshop> Jobs<W> {
    /// Waits, if the last jobs were in vain, so that others go first.
    pub(super) async fn rest(&self) {
        let in_vain = self.in_vain.load(Ordering::Relaxed);
        if in_vain > 0 {
            sleep((REST * 2_u32.saturating_pow(in_vain.min(10))).min(LONGEST_REST)).await;
        }
    }

    /// Holds the job of a message from now on, and fetches what it needs; nothing if it is not for this worker.
    pub(super) async fn begin(
        &self,
        (message, ack_wait): (Message, Duration),
    ) -> Option<Begun<W::Prover>> {
        let arrived = Instant::now();
        let read: Result<JobMessage, _> = serde_json::from_slice(&message.payload);
        let times = message.info().map_or(1, |info| info.delivered);
        let acknowledge = message.reply.as_ref().map(ToString::to_string);
        let hold = Hold::new(message, ack_wait);
        let JobMessage {
            proof,
            job,
            not_for,
            checkpoint,
        } = match read {
            Ok(message) => message,
            Err(error) => {
                warn!("a message that is no job: {error}");
                hold.confirm().await;
                return None;
            }
        };
        if not_for.contains(&self.options.name) && times < GIVEN_BACK {
            hold.give_back(BACK_AFTER).await;
            self.in_vain.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let held = HeldJob {
            proof,
            name: job.name(),
            acknowledge: acknowledge.unwrap_or_default(),
        };
        self.alive.begins(&self.server, held.clone()).await;
        let work = match times {
            ..GIVEN_OUT => self.prepare(proof, &job, checkpoint).await,
            _ => Err(Error::GivenUp { times: times - 1 }),
        };
        if work.is_ok() {
            self.tell(&WorkerEvent::Fetched(job.name()));
        }
        Some(Begun {
            hold,
            held,
            job,
            arrived,
            work,
        })
    }

    async fn prepare(
        &self,
        proof: Hash,
        job: &Job,
        checkpoint: Option<Checkpoint>,
    ) -> Result<(Arc<W::Prover>, <W::Prover as Prover>::Begun), Error> {
        let prover = self.programs.get(proof).await?;
        let children: &[Hash] = match job {
            Job::Segment { .. } => &[],
            Job::Node { children, .. } => children,
        };
        let fetch = |child| until_answered(move || self.server.objects.get(child));
        let children: Vec<Bytes> = try_join_all(children.iter().map(fetch)).await?;
        let stored = checkpoint.map(|checkpoint| stored(&self.server.objects, checkpoint));
        let begun = prover.begin(job, children, stored)?;
        Ok((prover, begun))
    }

    /// Does what was begun, tells what came of it, and confirms it.
    pub(super) async fn finish(&self, begun: Begun<W::Prover>) {
        let Begun {
            hold,
            held,
            job,
            arrived,
            work,
        } = begun;
        let name = held.name;
        let made = match work {
            Ok((prover, begun)) => self.make(name, arrived, prover, begun).await,
            Err(error) => Err(error),
        };
        let stored = match made {
            Ok(made) => self.store(made).await,
            Err(error) => Err(error),
        };
        let is_proven = stored.is_ok();
        if is_proven {
            self.in_vain.store(0, Ordering::Relaxed);
        } else {
            self.in_vain.fetch_add(1, Ordering::Relaxed);
        }
        let outcome = stored.unwrap_or_else(|error| {
            self.tell(&WorkerEvent::Failed(name, error.to_string()));
            match error {
                Error::StoreFull(error) => Outcome::StoreFull { error },
                Error::GivenUp { .. } => Outcome::GivenUp {
                    error: error.to_string(),
                },
                error => Outcome::Failed {
                    error: error.to_string(),
                },
            }
        });
        let report = Report {
            job: name,
            worker: self.options.name.clone(),
            outcome,
        };
        if let Err(error) = self.report(held.proof, &report).await {
            // Not confirmed: someone will do it again, and may be able to say so.
            warn!("{error}");
            hold.give_back(BACK_AFTER).await;
            return self.alive.ends(&held, None);
        }
        if is_proven {
            self.tell(&WorkerEvent::Stored(name));
        }
        hold.confirm().await;
        let instructions = is_proven.then(|| job.instructions());
        self.alive.ends(&held, instructions);
        if is_proven {
            self.tell(&WorkerEvent::Confirmed(name));
            info!(proof = held.proof.short(), job = %name, "done");
        }
    }

    /// Traces and proof, by one of the threads.
    async fn make(
        &self,
        name: JobName,
        arrived: Instant,
        prover: Arc<W::Prover>,
        begun: <W::Prover as Prover>::Begun,
    ) -> Result<Made, Error> {
        let (reply, made) = oneshot::channel::<Result<Made, Error>>();
        let on_event = self.options.on_event.clone();
        let n_benches = self.benches.len();
        let work = move |bench: &mut <W::Prover as Prover>::Bench| {
            let make = |bench: &mut _| -> Result<Made, Error> {
                let traced = prover.trace(bench, begun)?;
                let traced_after = arrived.elapsed();
                on_event(&WorkerEvent::Traced(name));
                let proof = prover.prove(bench, traced)?;
                Ok(Made {
                    proof,
                    traced: traced_after,
                    proven: arrived.elapsed() - traced_after,
                })
            };
            // Whoever waits is there as long as the process is.
            let _ = reply.send(make(bench));
        };
        self.benches.give(move || W::Prover::bench(n_benches), work);
        let made = made.await.map_err(|_| Error::System {
            doing: "making a proof",
            reason: "it stopped with a panic".to_owned(),
        })??;
        self.tell(&WorkerEvent::Proven(name));
        Ok(made)
    }

    async fn store(&self, made: Made) -> Result<Outcome, Error> {
        let proof = until_answered(|| self.server.objects.put(&made.proof)).await?;
        Ok(Outcome::Proven {
            proof,
            traced_ms: made.traced.as_millis() as u64,
            proven_ms: made.proven.as_millis() as u64,
        })
    }

    /// Tells what came of a job, until the server has confirmed that it knows.
    async fn report(&self, proof: Hash, report: &Report) -> Result<(), Error> {
        let doing = || format!("telling the result of {}", report.job);
        let subject = names::results(&proof);
        let payload: Bytes = serde_json::to_vec(report).unwrap_or_default().into();
        until_answered(|| async {
            let sent = self
                .server
                .context
                .publish(subject.clone(), payload.clone());
            let sent = sent
                .await
                .map_err(|error| Error::refused_or_full(doing(), error))?;
            let confirmed = sent.await;
            confirmed
                .map(drop)
                .map_err(|error| Error::refused_or_full(doing(), error))
        })
        .await
    }

    fn tell(&self, event: &WorkerEvent) {
        (self.options.on_event)(event);
    }
}
