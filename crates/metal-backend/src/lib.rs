//! OpenVM's STARK prover on any GPU: Apple Metal first, Vulkan elsewhere.
//!
//! [`BabyBearPoseidon2MetalEngine`] is a `StarkEngine` of the published `openvm-stark-backend`; use
//! it wherever another engine of that crate is used. What a proof goes through is described in
//! `docs/architecture.md` of the repository.

#![deny(missing_docs)]

mod backend;
pub mod commit;
mod device;
mod engine;
mod error;
pub mod gpu;
mod host_fallback;
pub mod kernels;
pub mod openings;
mod report;
pub mod transcript;
mod transport;

pub use backend::{CommittedStack, MetalBackend, MetalMatrix, MetalPcsData};
pub use device::MetalDevice;
pub use engine::BabyBearPoseidon2MetalEngine;
pub use error::MetalError;
