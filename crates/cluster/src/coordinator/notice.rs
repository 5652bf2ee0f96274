//! What whoever waits for a proof should know, beside how far it is.

use std::fmt;

use openvm_metal_sdk::Observer;

use crate::names::{JobName, VERSION};

/// Something beside the proof's progress.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice {
    /// Proofs were there already, from an earlier run.
    Resumed {
        /// So many.
        results: usize,
    },
    /// Nobody works for this server.
    NoWorkers,
    /// No worker has the memory for a job.
    TooLarge {
        /// The job.
        job: JobName,
        /// What it may take, in bytes.
        device_bytes: u64,
        /// What the largest worker has, in bytes.
        memory_bytes: u64,
    },
    /// A worker that cannot take part.
    OtherVersion {
        /// Its name.
        worker: String,
        /// Its version.
        version: String,
    },
    /// A worker is not there any more.
    Gone {
        /// The worker.
        worker: String,
        /// Its jobs, which are given to others.
        jobs: usize,
    },
    /// A worker failed at a job, which is given to another.
    Failed {
        /// The job.
        job: JobName,
        /// The worker.
        worker: String,
        /// What it said.
        error: String,
    },
    /// A worker gave a wrong proof, which does not count.
    WrongProof {
        /// The job.
        job: JobName,
        /// The worker.
        worker: String,
        /// What is wrong.
        error: String,
    },
    /// Jobs were in the queue, and were given to nobody: they were published anew.
    Republished {
        /// So many.
        jobs: usize,
    },
    /// The server is away.
    Waiting {
        /// What was asked for, and what came of it.
        error: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gib = |bytes: &u64| *bytes as f64 / f64::from(1 << 30);
        match self {
            Self::Resumed { results } => write!(f, "going on from {results} results that are there"),
            Self::NoWorkers => write!(
                f,
                "no worker is there: start one with `cargo openvm-metal worker --nats URL`"
            ),
            Self::TooLarge {
                job,
                device_bytes,
                memory_bytes,
            } => write!(
                f,
                "{job} may take {:.1} GiB, and the largest worker has {:.1} GiB: start one with more, or prove with a smaller --segment-max-memory",
                gib(device_bytes),
                gib(memory_bytes),
            ),
            Self::OtherVersion { worker, version } => write!(
                f,
                "worker {worker} takes no part: it is version {version}, and this is {VERSION}"
            ),
            Self::Gone { worker, jobs } => {
                write!(f, "worker {worker} is gone: others do its {jobs} jobs")
            }
            Self::Failed { job, worker, error } => {
                write!(f, "worker {worker} failed at {job}: {error}")
            }
            Self::WrongProof { job, worker, error } => {
                write!(f, "worker {worker} gave a wrong proof of {job}: {error}")
            }
            Self::Republished { jobs } => {
                write!(f, "{jobs} jobs were given to nobody for long: publishing them again")
            }
            Self::Waiting { error } => write!(f, "{error}: trying again"),
        }
    }
}

/// Whoever wants to know how a proof comes along on several machines.
pub trait ClusterObserver: Observer {
    /// Something that a person should know.
    fn on_notice(&mut self, notice: &Notice);
}

/// Nobody.
impl ClusterObserver for () {
    fn on_notice(&mut self, _: &Notice) {}
}
