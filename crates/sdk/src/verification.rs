//! Whether a proof of a program's segments is right, its segments' proofs verified beside each other.
//!
//! All that is checked is upstream's: its engine verifies each segment's proof, by as many threads as there are; its
//! `verify_segments` then goes over them in order.

use openvm_circuit::arch::{
    hasher::poseidon2::vm_poseidon2_hasher, verify_segments, ContinuationVmProof,
};
use openvm_sdk::keygen::AppVerifyingKey;
use openvm_stark_backend::{
    keygen::types::MultiStarkVerifyingKey, proof::Proof, prover::Coordinator,
    verifier::VerifierError, StarkEngine, StarkProtocolConfig, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;
use rayon::prelude::*;

use crate::{panic::caught, vm::transport::HostEngine, Error, SC};

/// The commitment to the program that a proof of segments is of: upstream's `verify_app_proof`, on all cores.
///
/// # Errors
/// [`Error::NotVerified`] if the proof is wrong.
pub fn verify_app_proof(
    key: &AppVerifyingKey,
    proof: &ContinuationVmProof<SC>,
) -> Result<Digest, Error> {
    let verify = || {
        let engine = Verified::all_of(key, &proof.per_segment)?;
        let execution = verify_segments(&engine, &key.vk, &proof.per_segment);
        let execution = execution.map_err(not_verified)?;
        let values = &proof.user_public_values;
        let (n_values, n_expected) = (values.public_values.len(), key.num_user_pvs);
        if n_values != n_expected {
            return Err(not_verified(format!(
                "it has {n_values} public values, and the key {n_expected}"
            )));
        }
        let (hasher, root) = (vm_poseidon2_hasher(), execution.final_memory_root);
        let values = values.verify(&hasher, key.memory_dimensions, root);
        values.map_err(not_verified)?;
        Ok(execution.exe_commit)
    };
    let verified = caught(|| "verifying a proof".to_owned(), verify);
    // A proof that upstream's code does not expect is a wrong one.
    verified.map_err(|error| match error {
        Error::Panicked { .. } => not_verified(error),
        error => error,
    })
}

fn not_verified(reason: impl ToString) -> Error {
    Error::NotVerified(reason.to_string())
}

/// Upstream's engine, which has verified some proofs already.
struct Verified<'p> {
    engine: HostEngine,
    proofs: &'p [Proof<SC>],
}

impl<'p> Verified<'p> {
    /// # Errors
    /// [`Error::NotVerified`] for the first that is wrong.
    fn all_of(key: &AppVerifyingKey, proofs: &'p [Proof<SC>]) -> Result<Self, Error> {
        let new = || HostEngine::new(key.vk.inner.params.clone());
        let verify = |(number, proof): (usize, &Proof<SC>)| {
            let verify = || {
                let verified = new().verify(&key.vk, proof);
                verified.map_err(|error| not_verified(format!("segment {number}: {error}")))
            };
            caught(|| format!("verifying segment {number}"), verify)
        };
        let results: Vec<_> = proofs.par_iter().enumerate().map(verify).collect();
        results.into_iter().collect::<Result<(), Error>>()?;
        let engine = new();
        Ok(Self { engine, proofs })
    }
}

impl StarkEngine for Verified<'_> {
    type SC = SC;
    type PB = <HostEngine as StarkEngine>::PB;
    type PD = <HostEngine as StarkEngine>::PD;
    type TS = <HostEngine as StarkEngine>::TS;

    fn new(params: SystemParams) -> Self {
        let engine = HostEngine::new(params);
        Self {
            engine,
            proofs: &[],
        }
    }

    fn config(&self) -> &SC {
        self.engine.config()
    }

    fn device(&self) -> &Self::PD {
        self.engine.device()
    }

    fn initial_transcript(&self) -> Self::TS {
        self.engine.initial_transcript()
    }

    fn prover_from_transcript(
        &self,
        transcript: Self::TS,
    ) -> Coordinator<SC, Self::PB, Self::PD, Self::TS> {
        self.engine.prover_from_transcript(transcript)
    }

    fn verify(
        &self,
        vk: &MultiStarkVerifyingKey<SC>,
        proof: &Proof<SC>,
    ) -> Result<(), VerifierError<<SC as StarkProtocolConfig>::EF>> {
        let is_known = |known: &Proof<SC>| std::ptr::eq(known, proof);
        match self.proofs.iter().any(is_known) {
            true => Ok(()),
            false => self.engine.verify(vk, proof),
        }
    }
}
