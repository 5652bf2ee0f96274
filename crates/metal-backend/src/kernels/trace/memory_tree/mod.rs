//! The Merkle tree over a guest's memory, and the traces that prove how a segment changed it.
//!
//! Which digests there are and which are made of which is the host's; here they are made, and rows of them.

mod records;

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

pub use records::{BoundaryRecord, HashPair, HashRecord, MerkleRecord};

use crate::{
    gpu::{kernel, KernelText, Multiply},
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
