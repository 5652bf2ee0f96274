//! The guest's memory: copies of it, the Merkle tree over it, and the traces that prove its changes.

mod cells;
mod changes;
mod host;
mod image;
mod pages;
mod places;
mod tree;

#[cfg(test)]
mod tests;

pub(super) use host::{Digest, HostHashes};
pub(crate) use image::copy_state;
pub(crate) use pages::{Page, PagesInUse};
pub(super) use places::Places;
pub(super) use tree::MemoryTree;
