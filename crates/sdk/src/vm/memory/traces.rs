//! The traces of the memory's boundary and of its Merkle tree: those of upstream's `PersistentBoundaryChip`
//! and `MemoryMerkleChip`, down to the order in which hashes are counted.

use std::borrow::BorrowMut;

use openvm_circuit::{
    arch::{
        hasher::{Hasher, HasherChip},
        DEFAULT_BLOCK_SIZE,
    },
    system::{
        memory::{
            merkle::MemoryMerkleCols,
            persistent::{PersistentBoundaryCols, BLOCKS_PER_CHUNK},
            TimestampedValues, CHUNK, INITIAL_TIMESTAMP,
        },
        TouchedMemory,
    },
};
use openvm_stark_backend::{
    p3_field::{Field, PrimeCharacteristicRing},
    p3_matrix::dense::RowMajorMatrix,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    cells::chunk,
    tree::{Digest, MemoryTree},
};
use crate::F;

/// What proves that a segment changed memory as it says.
pub(in crate::vm) struct MemoryTraces {
    pub(in crate::vm) boundary: RowMajorMatrix<F>,
    pub(in crate::vm) merkle: RowMajorMatrix<F>,
    /// The roots before and after.
    pub(in crate::vm) public_values: Vec<F>,
    /// Nodes from the root to the address spaces after the segment, as in a heap.
    pub(in crate::vm) top_tree: Vec<Digest>,
}

/// A chunk that a segment accessed.
struct TouchedChunk {
    address_space: u32,
    label: u32,
    initial: [F; CHUNK],
    r#final: [F; CHUNK],
    timestamps: [u32; BLOCKS_PER_CHUNK],
}

/// A node over touched chunks, before and after.
struct TouchedNode {
    index: u64,
    old: Digest,
    new: Digest,
}

/// A block that a segment accessed, by its address.
type TouchedBlock = ((u32, u32), TimestampedValues<F, DEFAULT_BLOCK_SIZE>);

type MerkleRow = MemoryMerkleCols<F, CHUNK>;

impl MemoryTree {
    /// The traces of a segment that starts from this tree's memory, and accesses `touched`, which is sorted
    /// by address. At least `min_heights` rows each.
    pub(in crate::vm) fn traces(
        &self,
        touched: &TouchedMemory<F>,
        min_heights: [usize; 2],
    ) -> MemoryTraces {
        let chunks = self.touched_chunks(touched);
        let boundary = self.boundary(&chunks, min_heights[0]);
        let (rows, finals) = self.merkle_rows(&chunks);
        let node = |index| {
            finals
                .get(&index)
                .copied()
                .unwrap_or_else(|| self.node(index))
        };
        let n_top_nodes = (2 << self.dimensions.addr_space_height) - 1;
        MemoryTraces {
            boundary,
            merkle: matrix(rows, min_heights[1]),
            public_values: [self.node(1), node(1)].concat(),
            top_tree: (1..=n_top_nodes).map(node).collect(),
        }
    }

    fn touched_chunks(&self, touched: &TouchedMemory<F>) -> Vec<TouchedChunk> {
        let key = |(address_space, pointer): (u32, u32)| (address_space, pointer / CHUNK as u32);
        let groups: Vec<_> = touched.chunk_by(|a, b| key(a.0) == key(b.0)).collect();
        let chunk = |blocks: &&[TouchedBlock]| {
            let (address_space, label) = key(blocks[0].0);
            let initial = chunk(&self.image, address_space as usize, label as usize);
            let mut touched = TouchedChunk {
                address_space,
                label,
                initial,
                r#final: initial,
                timestamps: [INITIAL_TIMESTAMP; BLOCKS_PER_CHUNK],
            };
            for ((_, pointer), block) in *blocks {
                let first = *pointer as usize % CHUNK;
                let cells = first..first + DEFAULT_BLOCK_SIZE;
                touched.timestamps[first / DEFAULT_BLOCK_SIZE] = block.timestamp;
                touched.r#final[cells].copy_from_slice(&block.values);
            }
            touched
        };
        groups.par_iter().map(chunk).collect()
    }

    /// Two rows a chunk: before and after.
    fn boundary(&self, chunks: &[TouchedChunk], min_height: usize) -> RowMajorMatrix<F> {
        let rows = chunks.par_iter().flat_map_iter(|chunk| {
            let row =
                |direction, values, timestamps: [u32; BLOCKS_PER_CHUNK]| PersistentBoundaryCols {
                    expand_direction: direction,
                    address_space: F::from_u32(chunk.address_space),
                    leaf_label: F::from_u32(chunk.label),
                    values,
                    hash: self.hasher.hash_and_record(&values),
                    timestamps: timestamps.map(F::from_u32),
                };
            let initial = [INITIAL_TIMESTAMP; BLOCKS_PER_CHUNK];
            [
                row(F::ONE, chunk.initial, initial),
                row(F::NEG_ONE, chunk.r#final, chunk.timestamps),
            ]
        });
        matrix(rows.collect(), min_height)
    }

    /// Two rows a node over touched chunks, the root's first; and the nodes after.
    fn merkle_rows(&self, chunks: &[TouchedChunk]) -> (Vec<MerkleRow>, FxHashMap<u64, Digest>) {
        let leaf = |chunk: &TouchedChunk| {
            let index = self.leaf_index(chunk.address_space, chunk.label);
            TouchedNode {
                index,
                old: self.node(index),
                new: self.hasher.hash(&chunk.r#final),
            }
        };
        let mut layer: Vec<_> = chunks.par_iter().map(leaf).collect();
        if layer.is_empty() {
            // The trace may not be empty: it has the path to the first leaf, unchanged.
            let index = self.leaf_index(1, 0);
            let (old, new) = (self.node(index), self.node(index));
            layer.push(TouchedNode { index, old, new });
        }
        let mut rows = vec![];
        let mut finals = FxHashMap::default();
        for height in 1..=self.dimensions.overall_height() {
            let siblings: Vec<_> = layer.chunk_by(|a, b| a.index ^ 1 == b.index).collect();
            let parents = siblings
                .into_par_iter()
                .map(|children| self.parent(height, children));
            let (parents, new_rows): (Vec<_>, Vec<_>) = parents.unzip();
            layer = parents;
            rows.extend(new_rows.into_iter().flatten());
            finals.extend(layer.iter().map(|node| (node.index, node.new)));
        }
        if chunks.is_empty() {
            rows[1].left_direction_different = F::ONE;
            rows[1].right_direction_different = F::ONE;
        }
        rows.reverse();
        rows.swap(0, 1);
        (rows, finals)
    }

    /// The parent of one touched node or two, and its rows.
    fn parent(&self, height: usize, children: &[TouchedNode]) -> (TouchedNode, [MerkleRow; 2]) {
        let index = children[0].index >> 1;
        let child = |index| {
            let touched = children.iter().find(|child| child.index == index);
            match touched {
                Some(child) => (child.old, child.new, true),
                None => (self.node(index), self.node(index), false),
            }
        };
        let (old_left, left, is_left_touched) = child(2 * index);
        let (old_right, right, is_right_touched) = child(2 * index + 1);
        let parent = TouchedNode {
            index,
            new: self.compress_and_count(&left, &right),
            old: self.compress_and_count(&old_left, &old_right),
        };
        let address_height = self.dimensions.address_height;
        let label_bits = address_height.saturating_sub(height);
        let label = index & ((1 << label_bits) - 1);
        let overall_height = self.dimensions.overall_height();
        let as_label = (index & !(1 << (overall_height - height))) >> label_bits;
        let row = |direction, hash, left, right, are_different: [bool; 2]| MemoryMerkleCols {
            expand_direction: direction,
            height_section: F::from_bool(height > address_height),
            parent_height: F::from_usize(height),
            parent_height_inv: F::from_usize(height).inverse(),
            is_root: F::from_bool(height == overall_height),
            parent_as_label: F::from_u64(as_label),
            parent_address_label: F::from_u64(label),
            parent_hash: hash,
            left_child_hash: left,
            right_child_hash: right,
            left_direction_different: F::from_bool(are_different[0]),
            right_direction_different: F::from_bool(are_different[1]),
        };
        let untouched = [!is_left_touched, !is_right_touched];
        let rows = [
            row(F::ONE, parent.old, old_left, old_right, [false; 2]),
            row(F::NEG_ONE, parent.new, left, right, untouched),
        ];
        (parent, rows)
    }
}

/// Rows as a trace, with zeroes up to a power of two.
fn matrix<R>(rows: Vec<R>, min_height: usize) -> RowMajorMatrix<F>
where
    [F]: BorrowMut<R>,
{
    let width = size_of::<R>() / size_of::<F>();
    let height = rows.len().max(min_height).next_power_of_two();
    let mut values = F::zero_vec(height * width);
    for (to, row) in values.chunks_exact_mut(width).zip(rows) {
        *to.borrow_mut() = row;
    }
    RowMajorMatrix::new(values, width)
}
