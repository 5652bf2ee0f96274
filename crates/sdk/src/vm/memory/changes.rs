//! How a segment changes the tree: what the traces of the memory's boundary and of its Merkle tree have rows of, in
//! the order of upstream's `PersistentBoundaryChip` and `MemoryMerkleChip`.

use openvm_circuit::{
    arch::DEFAULT_BLOCK_SIZE,
    system::{
        memory::{persistent::BLOCKS_PER_CHUNK, TimestampedValues, CHUNK, INITIAL_TIMESTAMP},
        TouchedMemory,
    },
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    cells::Chunk,
    tree::{Hashes, MemoryTree},
};
use crate::F;

/// What a segment did to the memory that a tree is of.
pub(in crate::vm) struct Changes<N> {
    /// In order of addresses.
    pub(in crate::vm) chunks: Vec<TouchedChunk<N>>,
    /// One layer after the other, up to the root.
    pub(in crate::vm) nodes: Vec<TouchedNode<N>>,
    /// The roots before and after.
    pub(in crate::vm) roots: [N; 2],
    /// Nodes from the root to the address spaces after the segment, as in a heap.
    pub(in crate::vm) top_tree: Vec<N>,
}

/// A chunk that a segment accessed.
pub(in crate::vm) struct TouchedChunk<N> {
    pub(in crate::vm) address_space: u32,
    pub(in crate::vm) label: u32,
    /// Before and after.
    pub(in crate::vm) values: [Chunk; 2],
    pub(in crate::vm) hashes: [N; 2],
    pub(in crate::vm) timestamps: [u32; BLOCKS_PER_CHUNK],
}

/// A node over touched chunks.
pub(in crate::vm) struct TouchedNode<N> {
    /// Its number in the tree.
    index: u64,
    pub(in crate::vm) height: usize,
    /// The parts of its number that name an address space and a place in it.
    pub(in crate::vm) address_space: u32,
    pub(in crate::vm) label: u32,
    pub(in crate::vm) is_above_address_spaces: bool,
    pub(in crate::vm) is_root: bool,
    /// Before and after.
    pub(in crate::vm) states: [Family<N>; 2],
    /// Whether the left and the right child are untouched.
    pub(in crate::vm) untouched: [bool; 2],
}

/// A node and its children.
#[derive(Clone, Copy)]
pub(in crate::vm) struct Family<N> {
    pub(in crate::vm) parent: N,
    pub(in crate::vm) children: [N; 2],
}

/// A block that a segment accessed, by its address.
type TouchedBlock = ((u32, u32), TimestampedValues<F, DEFAULT_BLOCK_SIZE>);

impl<H: Hashes> MemoryTree<H> {
    /// What a segment changes that starts from this tree's memory, and accesses `touched`, which is sorted by
    /// address. The tree remains.
    pub(in crate::vm) fn changes(&mut self, touched: &TouchedMemory<F>) -> Changes<H::Node> {
        let mut chunks = self.touched_chunks(touched);
        let finals: Vec<Chunk> = chunks.iter().map(|chunk| chunk.values[1]).collect();
        let finals = self.hashes.leaves(&finals);
        for (chunk, hash) in chunks.iter_mut().zip(finals) {
            chunk.hashes[1] = hash;
        }
        let leaf = |chunk: &TouchedChunk<H::Node>| {
            let index = self.leaf_index(chunk.address_space, chunk.label);
            (index, chunk.hashes[1])
        };
        let mut leaves: Vec<_> = chunks.iter().map(leaf).collect();
        if leaves.is_empty() {
            // The trace may not be empty: it has the path to the first leaf, unchanged.
            let index = self.leaf_index(1, 0);
            leaves.push((index, self.node(index)));
        }
        let mut nodes = self.touched_nodes(leaves);
        if chunks.is_empty() {
            nodes[0].untouched = [true; 2];
        }
        let n_top_nodes = (2 << self.dimensions.addr_space_height) - 1;
        let uppermost = nodes.iter().filter(|node| node.index <= n_top_nodes);
        let finals: FxHashMap<u64, H::Node> = uppermost
            .map(|node| (node.index, node.states[1].parent))
            .collect();
        let node = |index| {
            let touched = finals.get(&index).copied();
            touched.unwrap_or_else(|| self.node(index))
        };
        Changes {
            chunks,
            nodes,
            roots: [self.node(1), node(1)],
            top_tree: (1..=n_top_nodes).map(node).collect(),
        }
    }

    /// The chunks, still with their hashes before as those after.
    fn touched_chunks(&self, touched: &TouchedMemory<F>) -> Vec<TouchedChunk<H::Node>> {
        let key = |(address_space, pointer): (u32, u32)| (address_space, pointer / CHUNK as u32);
        let groups: Vec<_> = touched.chunk_by(|a, b| key(a.0) == key(b.0)).collect();
        let chunk = |blocks: &&[TouchedBlock]| {
            let (address_space, label) = key(blocks[0].0);
            let hash = self.node(self.leaf_index(address_space, label));
            let mut touched = TouchedChunk {
                address_space,
                label,
                values: [self.chunk(address_space, label); 2],
                hashes: [hash; 2],
                timestamps: [INITIAL_TIMESTAMP; BLOCKS_PER_CHUNK],
            };
            for ((_, pointer), block) in *blocks {
                let first = *pointer as usize % CHUNK;
                let cells = first..first + DEFAULT_BLOCK_SIZE;
                touched.timestamps[first / DEFAULT_BLOCK_SIZE] = block.timestamp;
                touched.values[1][cells].copy_from_slice(&block.values);
            }
            touched
        };
        groups.par_iter().map(chunk).collect()
    }

    /// The nodes over `layer`, which are leaves with their hashes after.
    fn touched_nodes(&mut self, mut layer: Vec<(u64, H::Node)>) -> Vec<TouchedNode<H::Node>> {
        let mut nodes = vec![];
        for height in 1..=self.dimensions.overall_height() {
            let siblings = layer.chunk_by(|a, b| a.0 ^ 1 == b.0);
            let parents = siblings.map(|touched| self.touched_node(height, touched));
            let mut parents: Vec<_> = parents.collect();
            let children = parents.iter().map(|node| node.states[1].children);
            let children: Vec<_> = children.collect();
            let hashes = self.hashes.parents(height, &children);
            for (node, hash) in parents.iter_mut().zip(hashes) {
                node.states[1].parent = hash;
            }
            layer = { parents.iter() }
                .map(|node| (node.index, node.states[1].parent))
                .collect();
            nodes.extend(parents);
        }
        nodes
    }

    /// The parent of one touched node or two, still with its hash before as that after.
    fn touched_node(&self, height: usize, touched: &[(u64, H::Node)]) -> TouchedNode<H::Node> {
        let index = touched[0].0 >> 1;
        let before = Family {
            parent: self.node(index),
            children: self.children(index),
        };
        let (mut after, mut untouched) = (before, [true; 2]);
        for (child, node) in touched {
            let side = (child & 1) as usize;
            after.children[side] = *node;
            untouched[side] = false;
        }
        let address_height = self.dimensions.address_height;
        let overall_height = self.dimensions.overall_height();
        let label_bits = address_height.saturating_sub(height);
        let number = index & !(1 << (overall_height - height));
        TouchedNode {
            index,
            height,
            address_space: (number >> label_bits) as u32,
            label: (number & ((1 << label_bits) - 1)) as u32,
            is_above_address_spaces: height > address_height,
            is_root: height == overall_height,
            states: [before, after],
            untouched,
        }
    }
}
