//! One proof of many: the tree of circuits that verify the segments' proofs.

mod circuit;
mod circuits;
mod tree;

pub(crate) use circuits::Circuits;
pub use tree::{Node, Tree};
