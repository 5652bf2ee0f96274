//! OpenVM's STARK prover on any GPU: Apple Metal first, Vulkan elsewhere.
//!
//! [`BabyBearPoseidon2MetalEngine`] is a `StarkEngine` of the published `openvm-stark-backend`; use
//! it wherever another engine of that crate is used. What a proof goes through is described in
//! `docs/architecture.md` of the repository; `examples/fibonacci.rs` proves a statement of one's own.
//!
//! ```no_run
//! use openvm_metal_backend::{BabyBearPoseidon2MetalEngine, GpuOptions};
//! use openvm_stark_sdk::config::app_params_with_100_bits_security;
//!
//! // The first hardware GPU, or what OPENVM_METAL_ADAPTER names:
//! let engine = BabyBearPoseidon2MetalEngine::try_new(app_params_with_100_bits_security(21))?;
//!
//! // A GPU by name, with at most 4 GiB of its memory:
//! let options = GpuOptions {
//!     adapter: Some("radeon".to_owned()),
//!     memory_budget_bytes: Some(4 << 30),
//!     ..GpuOptions::default()
//! };
//! let params = app_params_with_100_bits_security(21);
//! let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options)?;
//! # Ok::<(), openvm_metal_backend::MetalError>(())
//! ```

#![deny(missing_docs)]
#![cfg_attr(
    not(any(test, feature = "internals")),
    allow(
        dead_code,
        unused_imports,
        reason = "some is for tests and benchmarks alone"
    )
)]

// Under the name that the modules shared with the integration tests know it by.
#[cfg(test)]
extern crate self as openvm_metal_backend;

mod commit;
mod constraints;
mod engine;
mod error;
mod gpu;
mod kernels;
#[cfg(test)]
mod layers;
mod openings;
mod powers;
mod report;
mod trace_part;
mod transcript;

pub use commit::CodePolicy;
pub use engine::{
    BabyBearPoseidon2MetalEngine, DigestTable, EngineOptions, HashInput, LookupCounts, Lookups,
    MemoryRecords, MemoryTraces, MemoryUse, MetalAirData, MetalBackend, MetalDevice, MetalMatrix,
    MetalPcsData, Verify, VmBits,
};
pub use error::{CompileError, MetalError};
pub use gpu::{
    adapter_reports, AdapterReport, AdapterSummary, ForeignTextError, GpuError, GpuOptions,
    Multiply,
};
pub use kernels::trace::{
    bigint, fields, keccak,
    memory_tree::{BoundaryRecord, HashPair, HashRecord, MerkleRecord},
    rv32, sha2, system, LookupTable, TraceKernel, TraceKernelError,
};
pub use trace_part::TracePart;
pub use transcript::{DeviceTranscript, MetalTranscript};

/// What the tests and benchmarks of this crate reach. No part of what it promises.
#[cfg(any(test, feature = "internals"))]
#[doc(hidden)]
#[allow(missing_docs, reason = "documented where they are")]
pub mod internals {
    pub use crate::*;

    pub mod commit {
        pub use crate::commit::*;
    }
    pub mod constraints {
        pub use crate::constraints::*;
    }
    pub mod engine {
        pub use crate::engine::*;
    }
    pub mod gpu {
        pub use crate::gpu::*;
    }
    pub mod kernels {
        pub use crate::kernels::*;
    }
    pub mod openings {
        pub use crate::openings::*;
    }
    pub mod trace_part {
        pub use crate::trace_part::*;
    }
    pub mod transcript {
        pub use crate::transcript::*;
    }
}
