//! Traces about memory by the host: nodes of the tree are hashes.

use std::{borrow::BorrowMut, sync::Arc};

use openvm_circuit::{
    arch::hasher::{Hasher, HasherChip},
    system::{
        memory::{
            merkle::MemoryMerkleCols,
            persistent::{PersistentBoundaryCols, BLOCKS_PER_CHUNK},
            CHUNK, INITIAL_TIMESTAMP,
        },
        poseidon2::Poseidon2PeripheryChip,
    },
};
use openvm_stark_backend::{
    p3_field::{Field, PrimeCharacteristicRing},
    p3_matrix::dense::RowMajorMatrix,
};
use rayon::prelude::*;

use super::{
    cells::Chunk,
    changes::{Changes, TouchedChunk, TouchedNode},
    tree::Hashes,
};
use crate::F;

/// A hash.
pub(in crate::vm) type Digest = [F; CHUNK];

/// Upstream's chip, which also counts the hashes that traces ask for.
pub(in crate::vm) struct HostHashes(pub(in crate::vm) Arc<Poseidon2PeripheryChip<F>>);

impl Hashes for HostHashes {
    type Node = Digest;

    fn leaves(&mut self, chunks: &[Chunk]) -> Vec<Digest> {
        chunks.par_iter().map(|chunk| self.0.hash(chunk)).collect()
    }

    fn parents(&mut self, _: usize, children: &[[Digest; 2]]) -> Vec<Digest> {
        let compress = |[left, right]: &[Digest; 2]| self.0.compress(left, right);
        children.par_iter().map(compress).collect()
    }
}

impl HostHashes {
    /// The traces of the boundary and of the tree, at least so high, and counts what they ask for in upstream's order.
    pub(in crate::vm) fn traces(
        &self,
        changes: &Changes<Digest>,
        min_heights: [usize; 2],
    ) -> [RowMajorMatrix<F>; 2] {
        let chip = &self.0;
        changes.chunks.par_iter().for_each(|chunk| {
            for values in &chunk.values {
                let _counted = chip.hash_and_record(values);
            }
        });
        changes.nodes.par_iter().for_each(|node| {
            for state in node.states.iter().rev() {
                let [left, right] = &state.children;
                let _counted = chip.compress_and_record(left, right);
            }
        });
        let boundary = changes.chunks.iter().flat_map(boundary_rows).collect();
        let mut merkle: Vec<_> = changes.nodes.iter().flat_map(merkle_rows).collect();
        merkle.reverse();
        merkle.swap(0, 1);
        [
            matrix(boundary, min_heights[0]),
            matrix(merkle, min_heights[1]),
        ]
    }
}

/// Before and after.
fn boundary_rows(chunk: &TouchedChunk<Digest>) -> [PersistentBoundaryCols<F, CHUNK>; 2] {
    let timestamps = [[INITIAL_TIMESTAMP; BLOCKS_PER_CHUNK], chunk.timestamps];
    let row = |state: usize, direction| PersistentBoundaryCols {
        expand_direction: direction,
        address_space: F::from_u32(chunk.address_space),
        leaf_label: F::from_u32(chunk.label),
        values: chunk.values[state],
        hash: chunk.hashes[state],
        timestamps: timestamps[state].map(F::from_u32),
    };
    [row(0, F::ONE), row(1, F::NEG_ONE)]
}

/// Before and after.
fn merkle_rows(node: &TouchedNode<Digest>) -> [MemoryMerkleCols<F, CHUNK>; 2] {
    let row = |state: usize, direction, are_different: [bool; 2]| {
        let family = &node.states[state];
        MemoryMerkleCols {
            expand_direction: direction,
            height_section: F::from_bool(node.is_above_address_spaces),
            parent_height: F::from_usize(node.height),
            parent_height_inv: F::from_usize(node.height).inverse(),
            is_root: F::from_bool(node.is_root),
            parent_as_label: F::from_u32(node.address_space),
            parent_address_label: F::from_u32(node.label),
            parent_hash: family.parent,
            left_child_hash: family.children[0],
            right_child_hash: family.children[1],
            left_direction_different: F::from_bool(are_different[0]),
            right_direction_different: F::from_bool(are_different[1]),
        }
    };
    [
        row(0, F::ONE, [false; 2]),
        row(1, F::NEG_ONE, node.untouched),
    ]
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
