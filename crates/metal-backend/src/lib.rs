//! OpenVM's STARK prover on any GPU: Apple Metal first, Vulkan elsewhere.
//!
//! [`BabyBearPoseidon2MetalEngine`] is a `StarkEngine` of the published `openvm-stark-backend`; use
//! it wherever another engine of that crate is used. What a proof goes through is described in
//! `docs/architecture.md` of the repository; `examples/fibonacci.rs` proves a statement of one's own.
//!
//! ```no_run
//! use openvm_metal_backend::{gpu::GpuOptions, BabyBearPoseidon2MetalEngine};
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

// Under the name that the modules shared with the integration tests know it by.
#[cfg(test)]
extern crate self as openvm_metal_backend;

mod backend;
pub mod commit;
pub mod constraints;
mod device;
mod engine;
mod error;
pub mod gpu;
pub mod kernels;
mod memory;
pub mod openings;
mod parameters;
mod powers;
mod report;
mod row_major;
pub mod transcript;
mod transport;

pub use backend::{CommittedStack, MetalAirData, MetalBackend, MetalMatrix, MetalPcsData};
pub use device::{MemoryUse, MetalDevice};
pub use engine::BabyBearPoseidon2MetalEngine;
pub use error::MetalError;
