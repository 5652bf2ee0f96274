//! The workers there are, by what they say of themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use async_nats::Subscriber;
use futures_util::StreamExt;

use super::notice::Notice;
use crate::{
    error::Error,
    hash::Hash,
    job::WorkerStatus,
    names::{self, JobName, VERSION},
    server::Server,
};

pub(super) struct Fleet {
    says: Subscriber,
    workers: BTreeMap<String, (Instant, WorkerStatus)>,
    others: BTreeSet<String>,
    since: Instant,
    warned: Option<Instant>,
}

/// After so long without a word a worker counts as gone.
const SILENCE: Duration = Duration::from_secs(20);

/// What should be mended is said again after this.
const SAY_AGAIN: Duration = Duration::from_secs(60);

impl Fleet {
    pub(super) async fn watch(server: &Server) -> Result<Self, Error> {
        let says = server.client.subscribe(names::puts(names::WORKERS)).await;
        Ok(Self {
            says: says.map_err(|error| Error::server("listening for workers", error))?,
            workers: BTreeMap::new(),
            others: BTreeSet::new(),
            since: Instant::now(),
            warned: None,
        })
    }

    /// The next thing that one of this version says of itself; or what there is to notice of another.
    pub(super) async fn hears(&mut self) -> Result<&WorkerStatus, Notice> {
        loop {
            let Some(message) = self.says.next().await else {
                // The connection is gone for good; requests say so.
                return std::future::pending().await;
            };
            let Ok(status) = serde_json::from_slice::<WorkerStatus>(&message.payload) else {
                continue;
            };
            let name = status.name.clone();
            if status.version == VERSION {
                self.workers.insert(name.clone(), (Instant::now(), status));
                return Ok(&self.workers[&name].1);
            }
            if self.others.insert(name) {
                return Err(Notice::OtherVersion {
                    worker: status.name,
                    version: status.version,
                });
            }
        }
    }

    /// The names of those that are there.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.there().map(|status| status.name.clone()).collect()
    }

    /// Whether one could take more.
    pub(super) fn has_idle(&self) -> bool {
        self.there()
            .any(|status| status.jobs.len() < status.jobs_at_once)
    }

    /// What a person should mend, if there is something: nobody is there, or nobody with so much memory.
    pub(super) fn lacks(&mut self, largest: Option<(JobName, u64)>) -> Option<Notice> {
        let now = Instant::now();
        let recently = |at: Instant, limit| now.duration_since(at) < limit;
        if recently(self.since, SILENCE) || self.warned.is_some_and(|at| recently(at, SAY_AGAIN)) {
            return None;
        }
        let memory = self
            .there()
            .map(|status| status.memory_bytes.unwrap_or(u64::MAX));
        let notice = match (memory.max(), largest) {
            (None, _) => Notice::NoWorkers,
            (Some(memory_bytes), Some((job, device_bytes))) if device_bytes > memory_bytes => {
                Notice::TooLarge {
                    job,
                    device_bytes,
                    memory_bytes,
                }
            }
            _ => return None,
        };
        self.warned = Some(now);
        Some(notice)
    }

    fn there(&self) -> impl Iterator<Item = &WorkerStatus> {
        let workers = self.workers.values();
        let there = workers.filter(|(at, _)| at.elapsed() < SILENCE);
        there.map(|(_, status)| status)
    }
}

/// The jobs of one proof that a worker has.
pub(super) fn jobs_of<'s>(
    status: &'s WorkerStatus,
    proof: &'s Hash,
) -> impl Iterator<Item = JobName> + 's {
    let jobs = status.jobs.iter();
    jobs.filter(move |(of, _)| of == proof).map(|(_, job)| *job)
}
