//! OpenVM guest programs proven on any GPU, from ELF to verified STARK proof.

#![deny(missing_docs)]
// The types of wgpu's shaders are deep, and are asked whether they are `Send` in every message.
#![recursion_limit = "256"]

mod aggregation;
mod error;
mod execution;
mod jobs;
mod panic;
mod pipeline;
mod program;
mod prover;
mod verification;
mod vm;

pub use aggregation::{Node, Tree};
pub use error::Error;
pub use execution::TraceTimes;
pub use jobs::{
    HostProgram, JobProof, JobProver, JobTracer, ProofChecks, Reached, SegmentEnds, SegmentJob,
    StoredState, TracedJob,
};
pub use pipeline::{Event, Observer, PipelineOptions};
pub use prover::{aggregation_keygen, AppProver, StarkProver};
pub use verification::verify_app_proof;
pub use vm::{ChipRecords, GuestVm, MetalSystem, MetalVmBuilder, PackedRecords, TraceKernels};

/// Any test's dispatches are run as Metal's text, too, if the environment asks for it.
#[cfg(test)]
#[ctor::ctor(unsafe)]
fn beside() {
    openvm_metal_text::beside::from_env();
}

/// The field of traces.
pub type F = openvm_stark_sdk::config::baby_bear_poseidon2::F;
/// The proof system's configuration.
pub type SC = openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2Config;
