//! OpenVM guest programs proven on any GPU, from ELF to verified STARK proof.

#![deny(missing_docs)]

mod error;
mod execution;
mod panic;
mod program;
mod vm;

pub use error::Error;
pub use execution::TraceTimes;
pub use vm::{GuestVm, MetalSystem, MetalVmBuilder};

/// The field of traces.
pub type F = openvm_stark_sdk::config::baby_bear_poseidon2::F;
/// The proof system's configuration.
pub type SC = openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2Config;
