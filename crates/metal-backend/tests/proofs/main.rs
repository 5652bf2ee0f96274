//! Whole proofs: what they are, that nothing in them can be changed, and what making them costs.

#[allow(dead_code, reason = "the constraint compiler's tests use all of it")]
#[path = "../constraint_compiler/airs.rs"]
mod airs;
#[path = "../common/mod.rs"]
mod common;
mod concurrency;
mod counters;
mod equality;
mod many_interactions;
mod memory;
mod production;
#[path = "../../benches/proving_key/mod.rs"]
mod proving_key;
mod standard_vm;
mod stored_proof;
mod tamper;

use openvm_metal_backend::internals::gpu::GpuOptions;

/// Options that no other test of this process has, and with them a GPU that no other test uses:
/// what is counted on it is the test's own.
fn options_of_an_own_gpu(test: u64) -> GpuOptions {
    GpuOptions {
        memory_budget_bytes: Some((1 << 40) + test),
        ..GpuOptions::from_env().unwrap()
    }
}
