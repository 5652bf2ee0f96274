//! Whether a proof is what was asked for.
//!
//! Upstream's verifier checks each proof by itself; what a segment's proof says of program, end and exit code is held
//! to what is known, as upstream's `verify_segments` does for all of them together.

use std::{borrow::Borrow, sync::Arc};

use openvm_circuit::{
    arch::{
        hasher::poseidon2::vm_poseidon2_hasher, ExitCode, CONNECTOR_AIR_ID, MERKLE_AIR_ID,
        PROGRAM_AIR_ID,
    },
    system::{
        connector::{VmConnectorPvs, DEFAULT_SUSPEND_EXIT_CODE},
        memory::{
            merkle::{public_values::UserPublicValuesProof, MemoryMerklePvs},
            CHUNK,
        },
    },
};
use openvm_sdk::keygen::AppVerifyingKey;
use openvm_stark_backend::{
    keygen::types::MultiStarkVerifyingKey,
    p3_field::{PrimeCharacteristicRing, PrimeField32},
    proof::Proof,
    StarkEngine,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;

use super::commitment::Commitment;
use crate::{aggregation::Node, panic::caught, vm::transport::HostEngine, Error, F, SC};

/// Checks proofs of one program's segments, and of nodes over them.
#[derive(Clone)]
pub struct ProofChecks {
    app: Arc<AppVerifyingKey>,
    commitment: Commitment,
    nodes: Option<[Arc<MultiStarkVerifyingKey<SC>>; 3]>,
}

/// Where a proven segment starts and ends: program counter and memory. One segment goes on where the other ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentEnds {
    /// Program counter and Merkle root of the memory before it.
    pub start: (u32, Digest),
    /// And after it.
    pub end: (u32, Digest),
}

impl ProofChecks {
    pub(super) fn new(
        app: AppVerifyingKey,
        commitment: Commitment,
        nodes: Option<[Arc<MultiStarkVerifyingKey<SC>>; 3]>,
    ) -> Self {
        Self {
            app: Arc::new(app),
            commitment,
            nodes,
        }
    }

    /// The ends of a segment whose proof is right.
    ///
    /// # Errors
    /// [`Error::NotVerified`] if it is not, or is of something else.
    pub fn check_segment(
        &self,
        proof: &Proof<SC>,
        user_public_values: Option<&UserPublicValuesProof<CHUNK, F>>,
        is_last: bool,
    ) -> Result<SegmentEnds, Error> {
        verify(&self.app.vk, proof)?;
        let program = proof.trace_vdata.get(PROGRAM_AIR_ID);
        let program = program.and_then(|data| data.as_ref());
        let commitments = program.map(|data| &data.cached_commitments[..]);
        if commitments != Some(&[self.commitment.get()?]) {
            return Err(wrong("it is of another program"));
        }
        let connector: &VmConnectorPvs<F> = public_values(proof, CONNECTOR_AIR_ID)?.borrow();
        let expected = match is_last {
            true => (F::ONE, F::from_u32(ExitCode::Success as u32)),
            false => (F::ZERO, F::from_u32(DEFAULT_SUSPEND_EXIT_CODE)),
        };
        if (connector.is_terminate, connector.exit_code) != expected {
            return Err(wrong("it is of another part of the execution"));
        }
        let memory: &MemoryMerklePvs<F, CHUNK> = public_values(proof, MERKLE_AIR_ID)?.borrow();
        match (is_last, user_public_values) {
            (false, None) => {}
            (true, Some(values)) if values.public_values.len() == self.app.num_user_pvs => {
                let hasher = vm_poseidon2_hasher();
                let check = values.verify(&hasher, self.app.memory_dimensions, memory.final_root);
                check.map_err(|error| wrong(&error.to_string()))?;
            }
            _ => return Err(wrong("it has not the public values of its place")),
        }
        Ok(SegmentEnds {
            start: (connector.initial_pc.as_canonical_u32(), memory.initial_root),
            end: (connector.final_pc.as_canonical_u32(), memory.final_root),
        })
    }

    /// Whether the proof of a node is right.
    ///
    /// # Errors
    /// [`Error::NotVerified`] if it is not, and [`Error::NoAggregation`] if there are no nodes.
    pub fn check_node(&self, node: Node, proof: &Proof<SC>) -> Result<(), Error> {
        let keys = self.nodes.as_ref().ok_or(Error::NoAggregation)?;
        verify(&keys[node.layer.min(2)], proof)
    }
}

/// The public values of an AIR, if there are as many as its type has.
fn public_values(proof: &Proof<SC>, air_id: usize) -> Result<&[F], Error> {
    let n_values = match air_id {
        CONNECTOR_AIR_ID => VmConnectorPvs::<F>::width(),
        _ => MemoryMerklePvs::<F, CHUNK>::width(),
    };
    let values = proof.public_values.get(air_id).map(|values| &values[..]);
    let values = values.filter(|values| values.len() == n_values);
    values.ok_or_else(|| wrong("a system AIR is missing"))
}

fn verify(key: &MultiStarkVerifyingKey<SC>, proof: &Proof<SC>) -> Result<(), Error> {
    let engine = HostEngine::new(key.inner.params.clone());
    let verify = || {
        let verified = engine.verify(key, proof);
        verified.map_err(|error| wrong(&error.to_string()))
    };
    caught(|| "verifying a proof".to_owned(), verify)
}

fn wrong(reason: &str) -> Error {
    Error::NotVerified(reason.to_owned())
}
