//! Programs, inputs, keys and proofs as bytes: bitcode, as in files of `cargo openvm`.

use std::panic::{catch_unwind, AssertUnwindSafe};

use openvm_circuit::system::memory::{merkle::public_values::UserPublicValuesProof, CHUNK};
use openvm_metal_sdk::{JobProof, F, SC};
use openvm_stark_backend::proof::Proof;
use serde::{de::DeserializeOwned, Deserialize, Serialize};

use crate::error::Error;

/// What is stored of a job.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredProof {
    pub(super) proof: Proof<SC>,
    /// Of the program's last segment.
    pub(super) user_public_values: Option<UserPublicValuesProof<CHUNK, F>>,
}

impl From<JobProof> for StoredProof {
    fn from(proof: JobProof) -> Self {
        Self {
            proof: proof.proof,
            user_public_values: proof.user_public_values,
        }
    }
}

pub(super) fn encode<T: Serialize>(what: &str, object: &T) -> Result<Vec<u8>, Error> {
    bitcode::serialize(object).map_err(|error| Error::Decode {
        what: what.to_owned(),
        reason: error.to_string(),
    })
}

pub(super) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, Error> {
    let broken = |reason: String| Error::Decode {
        what: what.to_owned(),
        reason,
    };
    // Some of it is checked by assertions while it is read.
    let read = catch_unwind(AssertUnwindSafe(|| bitcode::deserialize(bytes)));
    let read = read.map_err(|_| broken("it has values that cannot be".to_owned()))?;
    read.map_err(|error| broken(error.to_string()))
}
