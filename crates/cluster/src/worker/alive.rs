//! What a worker says of itself, so that it is seen, and that jobs nobody has are known.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use tokio::{sync::Notify, time::timeout};
use tracing::debug;

use super::WorkerOptions;
use crate::{
    error::Error,
    job::{HeldJob, WorkerStatus},
    names,
    server::Server,
};

pub(super) struct Alive {
    options: WorkerOptions,
    started: Instant,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    jobs: BTreeSet<HeldJob>,
    proven: u64,
    failed: u64,
    instructions: u64,
}

/// How long telling may hold up a job.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// What is told at once need not be told more often than this.
const AT_MOST_EVERY: Duration = Duration::from_millis(200);

impl Alive {
    pub(super) fn new(options: &WorkerOptions) -> Self {
        Self {
            options: options.clone(),
            started: Instant::now(),
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// A job is here. Told before anything is done for it: a job that whoever takes it dies of would else be taken for
    /// one that nobody has had, and begin anew.
    pub(super) async fn begins(&self, server: &Server, job: HeldJob) {
        self.change(|state| {
            state.jobs.insert(job);
        });
        // A server that is away is told later.
        let _ = timeout(TOLD_WITHIN, tell_now(server, self)).await;
    }

    /// A job has left this worker: proven, with so many instructions, or not.
    pub(super) fn ends(&self, job: &HeldJob, instructions: Option<u64>) {
        self.change(|state| {
            state.jobs.remove(job);
            match instructions {
                Some(instructions) => {
                    state.proven += 1;
                    state.instructions += instructions;
                }
                None => state.failed += 1,
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    pub(super) fn status(&self) -> WorkerStatus {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        WorkerStatus {
            name: self.options.name.clone(),
            version: names::VERSION.to_owned(),
            device: self.options.device.clone(),
            memory_bytes: self.options.memory_bytes,
            jobs_at_once: self.options.jobs_at_once,
            jobs: state.jobs.iter().cloned().collect(),
            proven: state.proven,
            failed: state.failed,
            instructions: state.instructions,
            seconds: self.started.elapsed().as_secs(),
        }
    }
}

/// Tells it once.
pub(super) async fn tell_now(server: &Server, alive: &Alive) {
    let key = names::key(&alive.options.name);
    let status = serde_json::to_vec(&alive.status()).unwrap_or_default();
    if let Err(error) = server.workers.put(&key, status.into()).await {
        debug!("telling what this worker does: {error}");
    }
}

/// Tells it every so often, and when it changes.
pub(super) async fn tell(server: Server, alive: Arc<Alive>, every: Duration) {
    loop {
        tell_now(&server, &alive).await;
        tokio::time::sleep(AT_MOST_EVERY).await;
        // That it is time again is no error.
        let _ = timeout(every, alive.changed.notified()).await;
    }
}

/// Listens under this worker's name, and hears nothing there: that somebody listens is what is asked for. The server
/// knows at once when this process ends.
pub(super) async fn be_there(server: &Server, name: &str) -> Result<(), Error> {
    let listening = server.client.subscribe(names::presence(name)).await;
    let mut listening =
        listening.map_err(|error| Error::server("listening under the worker's name", error))?;
    tokio::spawn(async move { while listening.next().await.is_some() {} });
    Ok(())
}
