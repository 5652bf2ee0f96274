//! `merkle_leaves.wgsl` and `merkle_compress.wgsl`: rows to digests, and digests to their parents.

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::{field, poseidon2};
use crate::gpu::{kernel, KernelText, Multiply};

kernel! {
    /// Absorbs a block of a matrix's columns into the sponges of a band of leaves; the last block
    /// makes digests of them.
    ///
    /// Queries that follow each other make a band, with all the rows that they open: leaf
    /// `i * band_len + j` is row `i * query_stride + first_query + j`.
    pub struct HashLeaves("merkle_leaves");
    text(multiply) = [
        field::source(multiply),
        poseidon2::SOURCE,
        include_str!("merkle_leaves.wgsl"),
    ];
    workgroup_size = [64, 1, 1];
    bindings HashLeavesBindings {
        /// [`poseidon2::constants`].
        poseidon2_constants: Uniform<F> as "array<vec4<u32>, 45>",
        /// The block.
        matrix: Read<F>,
        /// Where digests go.
        digests: Write<Digest> as "array<vec4<u32>>",
        /// [`poseidon2::WIDTH`] words for each leaf, where sponges wait between two blocks; untouched
        /// for a matrix of one block.
        states: Write<u32>,
    }
    params HashLeavesParams {
        /// Rows of the matrix.
        height,
        /// Distance between the rows that one query opens.
        query_stride,
        /// First query of the band.
        first_query,
        /// Logarithm of the number of queries in the band.
        log_band_len,
        /// Number of leaves in the band: queries times rows per query.
        n_leaves,
        /// Columns in the blocks before this one.
        column_start,
        /// Columns in this block.
        n_columns,
        /// Whether this is the last block: 1 or 0.
        is_last,
        /// Place of the first digest in the output.
        first_digest,
    }
    grid(params) = threads(params.n_leaves);
}

kernel! {
    /// Compresses pairs of digests.
    pub struct CompressPairs("merkle_compress");
    text(multiply) = [
        field::source(multiply),
        poseidon2::SOURCE,
        include_str!("merkle_compress.wgsl"),
    ];
    workgroup_size = [64, 1, 1];
    bindings CompressPairsBindings {
        /// [`poseidon2::constants`].
        poseidon2_constants: Uniform<F> as "array<vec4<u32>, 45>",
        /// Digests.
        children: Read<Digest> as "array<vec4<u32>>",
        /// Where their parents go.
        parents: Write<Digest> as "array<vec4<u32>>",
    }
    params CompressPairsParams {
        /// Number of parents to make.
        n_parents,
        /// Logarithm of the distance between the two children of a parent.
        log_stride,
        /// Place of the first child.
        child_offset,
        /// Place of the first parent.
        parent_offset,
    }
    grid(params) = threads(params.n_parents);
}

/// The texts of both.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    [
        KernelText::all::<HashLeaves>(multiply),
        KernelText::all::<CompressPairs>(multiply),
    ]
    .concat()
}
