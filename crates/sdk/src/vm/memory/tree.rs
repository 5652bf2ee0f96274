//! The Merkle tree over the guest's memory, kept from one segment to the next.
//!
//! Upstream's CPU chip makes the tree anew for each segment, over everything below the highest page in
//! use: 200 million hashes for a guest that writes one byte near the end of its addresses. Here, what
//! changed since the last segment is found by comparing pages in use, and rehashed; zeroes are never hashed.

use openvm_circuit::{
    arch::MemoryConfig,
    system::memory::{dimensions::MemoryDimensions, AddressMap, CHUNK},
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    cells::{chunk, Chunk},
    image::Image,
};
use crate::F;

/// Makes the nodes of a tree, or knows which there are to be made.
pub(in crate::vm) trait Hashes: Sync {
    /// A node: its hash, or a name for that.
    type Node: Copy + Send + Sync;

    /// Hashes of chunks.
    fn leaves(&mut self, chunks: &[Chunk]) -> Vec<Self::Node>;

    /// Parents of pairs of nodes, at one height above the leaves.
    fn parents(&mut self, height: usize, children: &[[Self::Node; 2]]) -> Vec<Self::Node>;
}

/// The tree over one state of the memory. Nodes are numbered as in a heap: the root is 1, and the children
/// of `i` are `2 * i` and `2 * i + 1`.
pub(in crate::vm) struct MemoryTree<H: Hashes> {
    pub(super) dimensions: MemoryDimensions,
    pub(in crate::vm) hashes: H,
    /// Roots of trees of zeroes, by height.
    zero_nodes: Vec<H::Node>,
    /// Nodes over memory that has been written at some time.
    nodes: FxHashMap<u64, H::Node>,
    /// The memory that the nodes are of.
    image: Image,
}

impl<H: Hashes> MemoryTree<H> {
    /// The tree of a memory of zeroes.
    pub(in crate::vm) fn new(config: &MemoryConfig, mut hashes: H) -> Self {
        let dimensions = config.memory_dimensions();
        let mut zero_nodes = hashes.leaves(&[[F::default(); CHUNK]]);
        for height in 1..=dimensions.overall_height() {
            let below = zero_nodes[height - 1];
            zero_nodes.extend(hashes.parents(height, &[[below; 2]]));
        }
        Self {
            dimensions,
            hashes,
            zero_nodes,
            nodes: FxHashMap::default(),
            image: Image::new(AddressMap::from_mem_config(config)),
        }
    }

    /// Makes this the tree of `memory`.
    pub(in crate::vm) fn advance_to(&mut self, memory: &AddressMap) {
        let labels = self.image.advance_to(memory);
        let values = |&(address_space, label): &(u32, u32)| self.chunk(address_space, label);
        let chunks: Vec<Chunk> = labels.par_iter().map(values).collect();
        let mut layer: Vec<u64> = { labels.iter() }
            .map(|&(address_space, label)| self.leaf_index(address_space, label))
            .collect();
        let mut nodes = self.hashes.leaves(&chunks);
        for height in 1.. {
            self.nodes.extend(layer.iter().copied().zip(nodes));
            layer = layer.iter().map(|index| index >> 1).collect();
            layer.dedup();
            layer.retain(|&index| index > 0);
            if layer.is_empty() {
                return;
            }
            let children = layer.iter().map(|&parent| self.children(parent));
            let children: Vec<_> = children.collect();
            nodes = self.hashes.parents(height, &children);
        }
    }

    /// The memory that this is the tree of.
    pub(in crate::vm) fn memory(&self) -> &AddressMap {
        &self.image.memory
    }

    /// How many nodes are not those of zeroes.
    pub(in crate::vm) fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn chunk(&self, address_space: u32, label: u32) -> Chunk {
        chunk(&self.image.memory, address_space as usize, label as usize)
    }

    pub(super) fn leaf_index(&self, address_space: u32, label: u32) -> u64 {
        let height = self.dimensions.overall_height();
        (1 << height) + self.dimensions.label_to_index((address_space, label))
    }

    pub(super) fn node(&self, index: u64) -> H::Node {
        let height = self.dimensions.overall_height() - index.ilog2() as usize;
        let node = self.nodes.get(&index).copied();
        node.unwrap_or(self.zero_nodes[height])
    }

    pub(super) fn children(&self, parent: u64) -> [H::Node; 2] {
        [self.node(2 * parent), self.node(2 * parent + 1)]
    }
}
