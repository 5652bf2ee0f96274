//! The workers there are, by what they say of themselves, and by whether the server knows that they are there.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use async_nats::{Client, StatusCode, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use tracing::debug;

use super::notice::Notice;
use crate::{
    error::Error,
    hash::Hash,
    job::{HeldJob, WorkerStatus},
    names::{self, JobName, VERSION},
    server::Server,
};

pub(super) struct Fleet {
    client: Client,
    says: Subscriber,
    /// Hears that nobody listens under a worker's name, which is the last part of the subject.
    absences: Subscriber,
    /// The other parts.
    inbox: String,
    members: BTreeMap<String, Member>,
    others: BTreeSet<String>,
    since: Instant,
    warned: Option<Instant>,
}

struct Member {
    status: WorkerStatus,
    heard: Instant,
    /// How often in a row the server was asked whether it is there, and how often it said no.
    n_asked: u32,
    n_absent: u32,
}

/// What there is to hear of workers.
pub(super) enum Heard {
    /// One of this version says this of itself.
    Status(WorkerStatus),
    /// One of another version is there.
    Other(Notice),
    /// One has ended, or its machine has.
    Gone(WorkerStatus),
}

/// After so long without a word a worker counts as gone.
const SILENCE: Duration = Duration::from_secs(20);

/// After so many times in a row, too. A worker that only lost its connection, as when the server starts again, comes back in
/// two seconds; it is asked for twice a second.
const ABSENCES: u32 = 6;

/// What should be mended is said again after this.
const SAY_AGAIN: Duration = Duration::from_secs(60);

impl Fleet {
    pub(super) async fn watch(server: &Server) -> Result<Self, Error> {
        let client = server.client.clone();
        let listening = |error| Error::server("listening for workers", error);
        let says = client.subscribe(names::puts(names::WORKERS)).await;
        let inbox = client.new_inbox();
        let absences = client.subscribe(format!("{inbox}.*")).await;
        Ok(Self {
            says: says.map_err(listening)?,
            absences: absences.map_err(listening)?,
            client,
            inbox,
            members: BTreeMap::new(),
            others: BTreeSet::new(),
            since: Instant::now(),
            warned: None,
        })
    }

    /// Asks whether those are there that have jobs of this proof. The server answers where they are not.
    pub(super) async fn ask(&mut self, proof: &Hash) {
        for (name, member) in &mut self.members {
            if jobs_of(&member.status, proof).next().is_none() {
                continue;
            }
            if member.n_absent < member.n_asked {
                (member.n_asked, member.n_absent) = (0, 0);
            }
            member.n_asked += 1;
            let answer = format!("{}.{}", self.inbox, names::key(name));
            let question = names::presence(name);
            let asked = self
                .client
                .publish_with_reply(question, answer, Bytes::new());
            if let Err(error) = asked.await {
                debug!("asking for a worker: {error}");
            }
        }
    }

    /// The next thing that there is to hear.
    pub(super) async fn hears(&mut self) -> Heard {
        loop {
            let heard = tokio::select! {
                Some(message) = self.says.next() => self.hears_status(&message.payload),
                Some(message) = self.absences.next() => {
                    let name = message.subject.rsplit('.').next();
                    let is_absence = message.status == Some(StatusCode::NO_RESPONDERS);
                    name.filter(|_| is_absence).and_then(|name| self.hears_absence(name))
                }
                // The connection is gone for good; requests say so.
                else => std::future::pending().await,
            };
            if let Some(heard) = heard {
                return heard;
            }
        }
    }

    fn hears_status(&mut self, payload: &[u8]) -> Option<Heard> {
        let said: Said = serde_json::from_slice(payload).ok()?;
        if said.version != VERSION {
            let (worker, version) = (said.name, said.version);
            let is_new = self.others.insert(worker.clone());
            return is_new.then_some(Heard::Other(Notice::OtherVersion { worker, version }));
        }
        let status: WorkerStatus = serde_json::from_slice(payload).ok()?;
        let member = Member {
            status: status.clone(),
            heard: Instant::now(),
            n_asked: 0,
            n_absent: 0,
        };
        self.members.insert(status.name.clone(), member);
        Some(Heard::Status(status))
    }

    fn hears_absence(&mut self, key: &str) -> Option<Heard> {
        let mut members = self.members.iter_mut();
        let (name, member) = members.find(|(name, _)| names::key(name) == key)?;
        member.n_absent += 1;
        if member.n_absent < ABSENCES {
            return None;
        }
        let name = name.clone();
        let member = self.members.remove(&name)?;
        Some(Heard::Gone(member.status))
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
        let members = self.members.values();
        let there = members.filter(|member| member.heard.elapsed() < SILENCE);
        there.map(|member| &member.status)
    }
}

/// What workers of every version say.
#[derive(serde::Deserialize)]
struct Said {
    name: String,
    version: String,
}

/// The jobs of one proof that a worker has.
pub(super) fn jobs_of<'s>(
    status: &'s WorkerStatus,
    proof: &'s Hash,
) -> impl Iterator<Item = &'s HeldJob> + 's {
    let jobs = status.jobs.iter();
    jobs.filter(move |job| job.proof == *proof)
}
