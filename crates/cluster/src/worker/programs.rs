//! What was fetched and loaded for the proofs at work.

use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use tokio::{runtime::Handle, sync::Mutex, task};
use tracing::info;

use super::prover::Workshop;
use crate::{error::Error, hash::Hash, job::Description, retry::until_answered, server::Server};

/// The provers of the last proofs.
pub(super) struct Programs<W: Workshop> {
    server: Server,
    workshop: Arc<StdMutex<W>>,
    /// The last one first.
    loaded: Mutex<Vec<(Hash, Arc<W::Prover>)>>,
}

/// Proofs whose jobs may alternate without being loaded anew.
const KEPT: usize = 2;

impl<W: Workshop> Programs<W> {
    pub(super) fn new(server: Server, workshop: W) -> Self {
        Self {
            server,
            workshop: Arc::new(StdMutex::new(workshop)),
            loaded: Mutex::default(),
        }
    }

    /// The prover of a proof.
    pub(super) async fn get(&self, proof: Hash) -> Result<Arc<W::Prover>, Error> {
        let mut loaded = self.loaded.lock().await;
        let prover = match loaded.iter().position(|(hash, _)| *hash == proof) {
            Some(at) => loaded.remove(at).1,
            None => {
                loaded.truncate(KEPT - 1);
                self.load(proof).await?
            }
        };
        loaded.insert(0, (proof, prover.clone()));
        Ok(prover)
    }

    async fn load(&self, proof: Hash) -> Result<Arc<W::Prover>, Error> {
        let bytes = until_answered(|| self.server.objects.get(&proof)).await?;
        let description: Description =
            serde_json::from_slice(&bytes).map_err(|error| Error::Decode {
                what: "the proof's description".to_owned(),
                reason: error.to_string(),
            })?;
        info!(
            proof = proof.short(),
            program = description.program,
            "loading"
        );
        let (workshop, objects) = (self.workshop.clone(), self.server.objects.clone());
        let handle = Handle::current();
        let load = move || {
            let fetch = |name: &str| {
                let hash = description.objects.get(name).ok_or_else(|| Error::Decode {
                    what: "the proof's description".to_owned(),
                    reason: format!("it has no {name}"),
                })?;
                handle.block_on(until_answered(|| objects.get(hash)))
            };
            let mut workshop = workshop.lock().unwrap_or_else(PoisonError::into_inner);
            workshop.load(&description, &fetch)
        };
        let prover = task::spawn_blocking(load).await;
        let prover = prover.map_err(|error| Error::System {
            doing: "setting up the prover",
            reason: error.to_string(),
        })??;
        Ok(Arc::new(prover))
    }
}
