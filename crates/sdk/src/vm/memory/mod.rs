//! The guest's memory: copies of it, the Merkle tree over it, and the traces that prove its changes.

mod cells;
mod image;
mod traces;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use image::copy_state;
pub(super) use traces::MemoryTraces;
pub(super) use tree::MemoryTree;
