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

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use openvm_metal_backend::internals::gpu::GpuOptions;

/// Options that no other call in this process gave, and with them a GPU that nobody else uses: what is
/// counted on it is the caller's own.
fn options_of_an_own_gpu() -> GpuOptions {
    static N_CALLS: AtomicU64 = AtomicU64::new(0);
    GpuOptions {
        memory_budget_bytes: Some((1 << 42) + N_CALLS.fetch_add(1, Relaxed)),
        ..GpuOptions::from_env().unwrap()
    }
}
