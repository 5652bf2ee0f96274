//! Whole proofs: what they are, that nothing in them can be changed, and what making them costs.

#[path = "../common/mod.rs"]
mod common;
mod concurrency;
mod counters;
mod equality;
mod memory;
mod production;
mod tamper;

use openvm_metal_backend::gpu::GpuOptions;

/// Options that no other test of this process has, and with them a GPU that no other test uses:
/// what is counted on it is the test's own.
fn options_of_an_own_gpu(test: u64) -> GpuOptions {
    GpuOptions {
        memory_budget_bytes: Some((1 << 40) + test),
        ..GpuOptions::from_env().unwrap()
    }
}
