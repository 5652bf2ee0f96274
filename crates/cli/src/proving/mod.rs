//! Proofs, on the GPU by this project's prover or on the CPU by upstream's.

mod adapter_use;
mod app;
mod cluster;
mod engine;
mod keys;
mod stark;

pub use adapter_use::AdapterUse;
pub use app::AppProver;
pub use cluster::{cluster_segment_memory_bytes, runtime, ClusterProver};
pub use engine::Engine;
pub use keys::{load_agg_pk, load_app_pk, with_segment_memory, APP_KEYS_COMMAND, SETUP_COMMAND};
pub use stark::StarkProver;

/// A proof that was made and verified.
pub struct Proven<P> {
    pub proof: P,
    /// How long it took to make, without verifying it.
    pub time: std::time::Duration,
}
