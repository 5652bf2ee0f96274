//! Kernels are compiled when a proving key is transported, and kept on disk if that is asked for.

mod ahead;
mod cache;
mod events;
