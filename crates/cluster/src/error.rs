//! What can go wrong between machines.

use std::{error::Error as StdError, path::PathBuf, time::Duration};

use thiserror::Error;

use crate::{hash::Hash, names::JobName};

/// Why there is no proof, or no worker.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody answers at the server's address, or does not let us in.
    #[error("cannot connect to the NATS server {url}: {reason}")]
    Connect {
        /// Where it was looked for.
        url: String,
        /// Why not.
        reason: String,
    },
    /// A file with credentials or certificates.
    #[error("cannot read the credentials in {}: {reason}", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The server does not keep messages, or this account may not.
    #[error("the NATS server {url} keeps nothing for this account: {reason}\nstart it with `nats-server -js -sd DIR`, and enable JetStream for the account")]
    NoJetStream {
        /// The server.
        url: String,
        /// What it said.
        reason: String,
    },
    /// A request that the server did not do, which may be well the next time.
    #[error("{doing}: {reason}")]
    Server {
        /// What was asked for.
        doing: String,
        /// Why not.
        reason: String,
    },
    /// There is no room for an object.
    #[error("the object store is full: {0}\nraise max_bytes of the stream OBJ_openvm-metal-objects or the server's max_file_store, or remove what no proof needs (docs/cluster.md); the same command then goes on where the proof stands")]
    StoreFull(String),
    /// An object that should be in the store.
    #[error("object {0} is not in the store")]
    Missing(Hash),
    /// An object with other contents than its name says.
    #[error("object {0} was changed: its contents have another hash")]
    Changed(Hash),
    /// A worker that cannot take part in a proof.
    #[error("this worker cannot take part in the proof: {0}")]
    Refused(String),
    /// A job that nobody came back from.
    #[error("it was given out {times} times, and no worker was heard of again that took it")]
    GivenUp {
        /// How often.
        times: i64,
    },
    /// What was fetched is not what it should be.
    #[error("{what} cannot be read: {reason}")]
    Decode {
        /// What it should be.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A job that nobody can do.
    #[error("{job} was not proven: {failures}")]
    Failed {
        /// Which job.
        job: JobName,
        /// What each worker said.
        failures: String,
    },
    /// A wait that was too long.
    #[error("{doing} took longer than {limit:?}")]
    TimedOut {
        /// What was waited for.
        doing: String,
        /// How long.
        limit: Duration,
    },
    /// The prover's own.
    #[error(transparent)]
    Prover(#[from] openvm_metal_sdk::Error),
    /// The operating system refused something.
    #[error("{doing}: {reason}")]
    System {
        /// What was asked for.
        doing: &'static str,
        /// Why not.
        reason: String,
    },
}

/// What servers say, in various words, when nothing more goes in.
const FULL: [&str; 4] = [
    "maximum bytes",
    "insufficient",
    "no space",
    "limits exceeded",
];

impl Error {
    /// A request that failed.
    pub(crate) fn server(doing: impl Into<String>, reason: impl ToString) -> Self {
        Self::Server {
            doing: doing.into(),
            reason: reason.to_string(),
        }
    }

    /// Something that the server did not keep.
    pub(crate) fn refused_or_full(doing: impl Into<String>, error: impl StdError) -> Self {
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            reason += &format!(": {error}");
            source = error.source();
        }
        match FULL.iter().any(|words| reason.contains(words)) {
            true => Self::StoreFull(reason),
            false => Self::server(doing, reason),
        }
    }

    /// Whether the same may be well when it is tried again, once the server is back.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Server { .. } | Self::TimedOut { .. })
    }
}
