//! The Merkle tree over the guest's memory, kept from one segment to the next.
//!
//! Upstream's CPU chip makes the tree anew for each segment, over everything below the highest page in
//! use: 200 million hashes for a guest that writes one byte near the end of its addresses. Here, what
//! changed since the last segment is found by comparing pages, and rehashed; zeroes are never hashed.

use std::sync::Arc;

use openvm_circuit::{
    arch::{
        hasher::{Hasher, HasherChip},
        AddressSpaceHostLayout, MemoryConfig, ADDR_SPACE_OFFSET,
    },
    system::{
        memory::{
            dimensions::MemoryDimensions,
            online::{LinearMemory, PAGE_SIZE},
            AddressMap, CHUNK,
        },
        poseidon2::Poseidon2PeripheryChip,
    },
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cells::chunk;
use crate::F;

/// A hash.
pub(super) type Digest = [F; CHUNK];

/// Pages that one task compares.
const PAGES_PER_TASK: usize = 1 << 8;

/// The tree over one state of the memory. Nodes are numbered as in a heap: the root is 1, and the children
/// of `i` are `2 * i` and `2 * i + 1`.
pub(in crate::vm) struct MemoryTree {
    pub(super) dimensions: MemoryDimensions,
    /// Counts the hashes that traces ask for.
    pub(super) hasher: Arc<Poseidon2PeripheryChip<F>>,
    /// Roots of trees of zeroes, by height.
    zero_nodes: Vec<Digest>,
    /// Nodes over memory that has been written at some time.
    nodes: FxHashMap<u64, Digest>,
    /// The memory that the nodes are of.
    pub(super) image: AddressMap,
}

impl MemoryTree {
    /// The tree of a memory of zeroes.
    pub(in crate::vm) fn new(
        config: &MemoryConfig,
        hasher: Arc<Poseidon2PeripheryChip<F>>,
    ) -> Self {
        let dimensions = config.memory_dimensions();
        let mut zero_nodes = vec![hasher.hash(&[F::default(); CHUNK])];
        for height in 0..dimensions.overall_height() {
            let below = zero_nodes[height];
            zero_nodes.push(hasher.compress(&below, &below));
        }
        Self {
            dimensions,
            hasher,
            zero_nodes,
            nodes: FxHashMap::default(),
            image: AddressMap::from_mem_config(config),
        }
    }

    /// Makes this the tree of `memory`.
    pub(in crate::vm) fn advance_to(&mut self, memory: &AddressMap) {
        let mut layer: Vec<(u64, Digest)> = vec![];
        for address_space in 0..memory.mem.len() {
            let labels = copy_changes(&mut self.image, memory, address_space);
            let labels = labels.into_par_iter();
            let leaf = |label| {
                let values = chunk(&self.image, address_space, label);
                (
                    self.leaf_index(address_space as u32, label as u32),
                    self.hasher.hash(&values),
                )
            };
            layer.par_extend(labels.map(leaf));
        }
        while !layer.is_empty() {
            self.nodes.extend(layer.iter().copied());
            let mut parents: Vec<u64> = layer.iter().map(|(index, _)| index >> 1).collect();
            parents.dedup();
            let parents = parents.into_par_iter().filter(|&parent| parent > 0);
            let compressed = parents.map(|parent| {
                let (left, right) = (self.node(2 * parent), self.node(2 * parent + 1));
                (parent, self.hasher.compress(&left, &right))
            });
            layer = compressed.collect();
        }
    }

    pub(super) fn leaf_index(&self, address_space: u32, label: u32) -> u64 {
        let height = self.dimensions.overall_height();
        (1 << height) + self.dimensions.label_to_index((address_space, label))
    }

    pub(super) fn node(&self, index: u64) -> Digest {
        let height = self.dimensions.overall_height() - index.ilog2() as usize;
        let node = self.nodes.get(&index).copied();
        node.unwrap_or(self.zero_nodes[height])
    }

    /// Compresses two children for a trace.
    pub(super) fn compress_and_count(&self, left: &Digest, right: &Digest) -> Digest {
        self.hasher.compress_and_record(left, right)
    }
}

/// Copies what differs in an address space. Returns the chunks it lies in, in order.
fn copy_changes(image: &mut AddressMap, memory: &AddressMap, address_space: usize) -> Vec<usize> {
    // There is no address space 0, and no tree over it.
    if address_space < ADDR_SPACE_OFFSET as usize {
        return vec![];
    }
    let chunk_bytes = CHUNK * memory.config[address_space].layout.size();
    let task_bytes = PAGES_PER_TASK * PAGE_SIZE;
    let to = image.mem[address_space].as_mut_slice();
    let to = to.par_chunks_mut(task_bytes).enumerate();
    let from = memory.mem[address_space].as_slice().par_chunks(task_bytes);
    let changed = to.zip(from).flat_map_iter(|((task, to), from)| {
        let mut labels = vec![];
        let pages = to.chunks_mut(PAGE_SIZE).zip(from.chunks(PAGE_SIZE));
        for (page, (to, from)) in pages.enumerate().filter(|(_, (to, from))| to != from) {
            let first = (task * task_bytes + page * PAGE_SIZE) / chunk_bytes;
            let chunks = to.chunks(chunk_bytes).zip(from.chunks(chunk_bytes));
            let changed = chunks.enumerate().filter(|(_, (to, from))| to != from);
            labels.extend(changed.map(|(chunk, _)| first + chunk));
            to.copy_from_slice(from);
        }
        labels
    });
    changed.collect()
}
