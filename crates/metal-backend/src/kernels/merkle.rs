//! `merkle_leaves.wgsl`, `merkle_compress.wgsl` and `merkle_subtrees.wgsl`: rows to digests, and digests
//! to their parents and ancestors.

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::{field, poseidon2};
use crate::{
    gpu::{kernel, Element, KernelText, Multiply},
    transcript::lanes,
};

/// The most levels that [`CompressSubtrees`] makes at once.
pub const MAX_SUBTREE_LEVELS: usize = 5;

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
    work(params) = poseidon2::WORK * u64::from(params.n_columns.div_ceil(poseidon2::RATE as u32));
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
    work(_params) = poseidon2::WORK;
}

kernel! {
    /// Compresses the digests of subtrees to their roots, sixteen threads for each pair: where there
    /// are few, they wait less than with [`CompressPairs`].
    pub struct CompressSubtrees("merkle_subtrees");
    text(multiply) = [
        field::source(multiply),
        lanes::source(256),
        include_str!("merkle_subtrees.wgsl"),
    ];
    workgroup_size = [256, 1, 1];
    bindings CompressSubtreesBindings {
        /// [`poseidon2::lanes_constants`].
        lanes_constants: Read<F>,
        /// Digests from the first one on.
        children: Read<Digest> as "array<u32>",
        /// Where their parents go. Levels that are not there, or not kept, have a buffer of any size.
        level_0: Write<Digest> as "array<u32>",
        /// Where parents of those go.
        level_1: Write<Digest> as "array<u32>",
        /// Where parents of those go.
        level_2: Write<Digest> as "array<u32>",
        /// Where parents of those go.
        level_3: Write<Digest> as "array<u32>",
        /// Where parents of those go.
        level_4: Write<Digest> as "array<u32>",
    }
    params CompressSubtreesParams {
        /// Number of subtrees, a power of two.
        n_subtrees,
        /// Levels of parents, from 1 to [`MAX_SUBTREE_LEVELS`].
        n_levels,
        /// Logarithm of the distance between the digests of a subtree.
        log_stride,
        /// The first level that is kept.
        first_kept,
        /// Place of the first digest in the levels that are kept.
        first_parent,
    }
    grid(params) = threads((params.n_subtrees << params.n_levels) * Digest::WORDS as u32);
    work(params) = poseidon2::LANE_WORK * u64::from(params.n_levels);
}

/// The texts of all.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    [
        KernelText::all::<HashLeaves>(multiply),
        KernelText::all::<CompressPairs>(multiply),
        KernelText::all::<CompressSubtrees>(multiply),
    ]
    .concat()
}
