//! The Merkle tree over a guest's memory, and the traces that prove how a segment changed it.
//!
//! Which digests there are and which are made of which is the host's; here they are made, and rows of them.

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use crate::{
    gpu::{kernel, row, KernelText, Multiply},
    kernels::{field, poseidon2},
};

/// The most buffers that a table of digests has.
pub const MAX_BLOCKS: usize = 4;

/// Columns of [`FillBoundary`]'s trace.
pub const BOUNDARY_WIDTH: usize = 21;

/// Columns of [`FillMerkle`]'s trace.
pub const MERKLE_WIDTH: usize = 33;

/// Columns of [`FillHashes`]' trace, with so many registers for each seventh power.
pub const fn hashes_width(n_registers: usize) -> usize {
    const WIDTH: usize = poseidon2::WIDTH;
    let external_rounds = 8 * WIDTH * (n_registers + 1);
    let internal_rounds = 13 * (n_registers + 1);
    1 + WIDTH + external_rounds + internal_rounds + 1
}

row! {
    /// A digest that is made of two others. All three are places in a table.
    pub struct HashPair as "HashPair" {
        /// Its place.
        place,
        /// The first one's.
        left,
        /// The second one's.
        right,
    }
}

row! {
    /// A chunk of memory that a segment accessed. Values and hashes are places in a table of digests.
    pub struct BoundaryRecord as "BoundaryRecord" {
        /// Address space.
        address_space,
        /// Number of the chunk there.
        label,
        /// Values before the segment.
        values_before,
        /// Hash of these.
        hash_before,
        /// Values after it.
        values_after,
        /// Hash of these.
        hash_after,
        /// Last access to the first block.
        timestamp_0,
        /// Last access to the second.
        timestamp_1,
    }
}

row! {
    /// A node of the tree over chunks that a segment accessed. Nodes are places in a table of digests.
    pub struct MerkleRecord as "MerkleRecord" {
        /// Its height above the leaves.
        height,
        /// The part of its number that names an address space.
        address_space,
        /// The part that names a place there.
        label,
        /// A bit each: the left child is the same before and after, the right one is, the node is above the
        /// trees of address spaces, it is the root.
        flags,
        /// Before the segment.
        before,
        /// The left child then.
        left_before,
        /// The right child then.
        right_before,
        /// After it.
        after,
        /// The left child then.
        left_after,
        /// The right child then.
        right_after,
    }
}

row! {
    /// A permutation of two digests, which are places in a table.
    pub struct HashRecord as "HashRecord" {
        /// The first one.
        left,
        /// The second one.
        right,
        /// How often it is asked for.
        n_asked,
    }
}

kernel! {
    /// Makes digests of pairs.
    pub struct HashPairs("trace_hash_pairs");
    text(multiply) = [
        field::source(multiply),
        poseidon2::SOURCE,
        include_str!("digests.wgsl"),
        include_str!("hash_pairs.wgsl"),
    ];
    workgroup_size = [64, 1, 1];
    bindings HashPairsBindings {
        /// [`poseidon2::constants`].
        poseidon2_constants: Uniform<F> as "array<vec4<u32>, 45>",
        /// The pairs.
        pairs: Read<HashPair>,
        /// The table's first block. Those that are not there have a buffer of any size.
        digests_0: Write<Digest> as "array<vec4<u32>>",
        /// The second.
        digests_1: Write<Digest> as "array<vec4<u32>>",
        /// The third.
        digests_2: Write<Digest> as "array<vec4<u32>>",
        /// The fourth.
        digests_3: Write<Digest> as "array<vec4<u32>>",
    }
    params HashPairsParams {
        /// The first pair.
        first_pair,
        /// Number of pairs.
        n_pairs,
        /// Logarithm of the digests in a block.
        log_block_len,
    }
    grid(params) = threads(params.n_pairs);
    work(_params) = poseidon2::WORK;
}

kernel! {
    /// Makes rows of the memory's boundary, two for each record.
    pub struct FillBoundary("trace_boundary");
    text(multiply) = [
        field::source(multiply),
        include_str!("../cells.wgsl"),
        include_str!("digests.wgsl"),
        include_str!("boundary.wgsl"),
        include_str!("rows.wgsl"),
    ];
    workgroup_size = [256, 1, 1];
    bindings FillBoundaryBindings {
        /// The records.
        records: Read<BoundaryRecord>,
        /// A block of the trace.
        trace: Write<F>,
        /// The table's first block. Those that are not there have a buffer of any size.
        digests_0: Read<Digest> as "array<vec4<u32>>",
        /// The second.
        digests_1: Read<Digest> as "array<vec4<u32>>",
        /// The third.
        digests_2: Read<Digest> as "array<vec4<u32>>",
        /// The fourth.
        digests_3: Read<Digest> as "array<vec4<u32>>",
    }
    params FillRecordsParams {
        /// Rows of the trace.
        height,
        /// First row made, of two for a record.
        first_row,
        /// Number of rows made.
        n_rows,
        /// Number of records; the rows behind them are zero.
        n_records,
        /// First column of the block.
        first_column,
        /// Columns of the block.
        n_columns,
        /// Logarithm of the digests in a block of the table.
        log_block_len,
    }
    grid(params) = threads(params.n_rows);
}

kernel! {
    /// Makes rows of the Merkle tree, two for each record.
    pub struct FillMerkle("trace_merkle");
    text(multiply) = [
        field::source(multiply),
        include_str!("../inverse.wgsl"),
        include_str!("../cells.wgsl"),
        include_str!("digests.wgsl"),
        include_str!("merkle.wgsl"),
        include_str!("rows.wgsl"),
    ];
    workgroup_size = [256, 1, 1];
    bindings FillMerkleBindings {
        /// The records, the root's first.
        records: Read<MerkleRecord>,
        /// A block of the trace.
        trace: Write<F>,
        /// The table's first block. Those that are not there have a buffer of any size.
        digests_0: Read<Digest> as "array<vec4<u32>>",
        /// The second.
        digests_1: Read<Digest> as "array<vec4<u32>>",
        /// The third.
        digests_2: Read<Digest> as "array<vec4<u32>>",
        /// The fourth.
        digests_3: Read<Digest> as "array<vec4<u32>>",
    }
    params FillRecordsParams;
    grid(params) = threads(params.n_rows);
}

kernel! {
    /// Makes rows of permutations.
    pub struct FillHashes("trace_hashes");
    text(multiply, n_registers: usize, of 0..=1) = [
        field::source(multiply),
        poseidon2::SOURCE,
        include_str!("../cells.wgsl"),
        include_str!("digests.wgsl"),
        format!("const N_REGISTERS: u32 = {n_registers}u;\n"),
        include_str!("hash_rows.wgsl"),
    ];
    workgroup_size = [64, 1, 1];
    bindings FillHashesBindings {
        /// [`poseidon2::constants`].
        poseidon2_constants: Uniform<F> as "array<vec4<u32>, 45>",
        /// The records.
        records: Read<HashRecord>,
        /// Other inputs, each with how often it is asked for.
        inputs: Read<u32>,
        /// A block of the trace.
        trace: Write<F>,
        /// The table's first block. Those that are not there have a buffer of any size.
        digests_0: Read<Digest> as "array<vec4<u32>>",
        /// The second.
        digests_1: Read<Digest> as "array<vec4<u32>>",
        /// The third.
        digests_2: Read<Digest> as "array<vec4<u32>>",
        /// The fourth.
        digests_3: Read<Digest> as "array<vec4<u32>>",
    }
    params FillHashesParams {
        /// Rows of the trace.
        height,
        /// First row made.
        first_row,
        /// Number of rows made.
        n_rows,
        /// Number of records.
        n_records,
        /// Number of other inputs; the rows behind them are of zeroes.
        n_inputs,
        /// First column of the block.
        first_column,
        /// Columns of the block.
        n_columns,
        /// Logarithm of the digests in a block of the table.
        log_block_len,
    }
    grid(params) = threads(params.n_rows);
    work(_params) = 2 * poseidon2::WORK;
}

/// The texts of this topic.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    [
        KernelText::all::<HashPairs>(multiply),
        KernelText::all::<FillBoundary>(multiply),
        KernelText::all::<FillMerkle>(multiply),
        KernelText::all::<FillHashes>(multiply),
    ]
    .concat()
}
