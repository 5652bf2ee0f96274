//! What comes out, in upstream's types.

use openvm_circuit::{
    arch::ContinuationVmProof,
    system::memory::{merkle::public_values::UserPublicValuesProof, CHUNK},
};
use openvm_metal_sdk::{F, SC};
use openvm_verify_stark_host::VmStarkProof;

use super::codec::{decode, StoredProof};
use crate::{coordinator::Finished, error::Error};

/// The proofs of a program's segments.
pub type AppProof = ContinuationVmProof<SC>;

/// One proof of a whole program.
pub type StarkProof = VmStarkProof;

impl Finished {
    /// The proofs of the segments, of a statement without aggregation.
    ///
    /// # Errors
    /// [`Error::Decode`] if they are of something else.
    pub fn app_proof(&self) -> Result<AppProof, Error> {
        let proofs = self.proofs.iter();
        let proofs =
            proofs.map(|bytes| Ok(decode::<StoredProof>("a segment's proof", bytes)?.proof));
        Ok(ContinuationVmProof {
            per_segment: proofs.collect::<Result<_, Error>>()?,
            user_public_values: self.user_public_values()?,
        })
    }

    /// The proof of all of it, of a statement with aggregation.
    ///
    /// # Errors
    /// [`Error::Decode`] if there is none.
    pub fn stark_proof(&self) -> Result<StarkProof, Error> {
        let root = self.proofs.first();
        let root = root.ok_or_else(|| missing("the proof", "there is none"))?;
        Ok(VmStarkProof {
            inner: decode::<StoredProof>("the proof", root)?.proof,
            user_pvs_proof: self.user_public_values()?,
            deferral_merkle_proofs: None,
        })
    }

    fn user_public_values(&self) -> Result<UserPublicValuesProof<CHUNK, F>, Error> {
        let last: StoredProof = decode("the last segment's proof", &self.last_segment)?;
        let values = last.user_public_values;
        values.ok_or_else(|| missing("the last segment's proof", "it has no public values"))
    }
}

fn missing(what: &str, reason: &str) -> Error {
    Error::Decode {
        what: what.to_owned(),
        reason: reason.to_owned(),
    }
}
