//! What there is on a server, for people.

use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::jetstream::kv;
use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;

use crate::{
    error::Error,
    hash::Hash,
    job::{ProofStatus, WorkerStatus},
    server::Server,
};

/// The proofs and workers of a server.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Proofs that are not done, by the hashes of their descriptions.
    pub proofs: Vec<(Hash, ProofStatus)>,
    /// Workers that were heard of in the last minute.
    pub workers: Vec<WorkerStatus>,
    /// Jobs of this version that no worker has confirmed.
    pub waiting: u64,
}

/// Asks for them.
///
/// # Errors
/// [`Error::Server`] if the server does not answer.
pub async fn survey(server: &Server) -> Result<Survey, Error> {
    let proofs = entries::<ProofStatus>(&server.proofs).await?;
    let hashed = proofs.into_iter();
    let hashed = hashed.filter_map(|(key, status)| Some((key.parse().ok()?, status)));
    let workers = entries::<WorkerStatus>(&server.workers).await?;
    let jobs = server.jobs.get_info().await;
    let jobs = jobs.map_err(|error| Error::server("asking for jobs", error))?;
    Ok(Survey {
        proofs: hashed.collect(),
        workers: workers.into_iter().map(|(_, status)| status).collect(),
        waiting: jobs.state.messages,
    })
}

impl ProofStatus {
    /// Seconds since this was written.
    pub fn seconds_ago(&self) -> u64 {
        seconds_since_1970().saturating_sub(self.at)
    }
}

pub(crate) fn seconds_since_1970() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    time.map_or(0, |time| time.as_secs())
}

/// What can be read of a bucket: other versions may have written what cannot.
async fn entries<T: DeserializeOwned>(bucket: &kv::Store) -> Result<Vec<(String, T)>, Error> {
    let failed = |error: &dyn ToString| Error::server("asking what there is", error.to_string());
    let keys = bucket.keys().await.map_err(|error| failed(&error))?;
    let keys: Vec<String> = keys.try_collect().await.map_err(|error| failed(&error))?;
    let mut entries = vec![];
    for key in keys {
        let value = bucket.get(&key).await.map_err(|error| failed(&error))?;
        let value = value.and_then(|value| serde_json::from_slice(&value).ok());
        entries.extend(value.map(|value| (key, value)));
    }
    Ok(entries)
}
