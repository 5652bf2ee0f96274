//! `merkle_leaves.wgsl` and `merkle_compress.wgsl`: rows to digests, and digests to their parents.

use std::{marker::PhantomData, ops::Range, sync::Arc};

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, EF, F};

use super::{field, flat_grid, kernel_params, poseidon2};
use crate::gpu::{Buffer, Columns, Element, Gpu, GpuError, Multiply, Pipeline, Recorder};

/// As in the kernels' texts.
const WORKGROUP_SIZE: u64 = 64;

kernel_params! {
    /// One block of columns, for one band of leaves.
    LeafParams {
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
}

kernel_params! {
    /// One layer of compressions.
    CompressParams {
        /// Number of parents to make.
        n_parents,
        /// Logarithm of the distance between the two children of a parent.
        log_stride,
        /// Place of the first child.
        child_offset,
        /// Place of the first parent.
        parent_offset,
    }
}

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> [(String, String); 3] {
    let [leaves, compress] = tree_sources(multiply);
    let extension_leaves = (
        "merkle_leaves of extension elements".to_owned(),
        leaves_source::<EF>(multiply),
    );
    [leaves, extension_leaves, compress]
}

/// Name and text of the kernels that make a tree over rows of base elements.
pub fn tree_sources(multiply: Multiply) -> [(String, String); 2] {
    [
        ("merkle_leaves".to_owned(), leaves_source::<F>(multiply)),
        ("merkle_compress".to_owned(), compress_source(multiply)),
    ]
}

fn leaves_source<T: Element>(multiply: Multiply) -> String {
    let element_words = format!("const ELEMENT_WORDS: u32 = {}u;\n", T::WORDS);
    [
        LeafParams::WGSL,
        &element_words,
        field::source(multiply),
        poseidon2::SOURCE,
        include_str!("merkle_leaves.wgsl"),
    ]
    .concat()
}

fn compress_source(multiply: Multiply) -> String {
    [
        CompressParams::WGSL,
        field::source(multiply),
        poseidon2::SOURCE,
        include_str!("merkle_compress.wgsl"),
    ]
    .concat()
}

/// Queries that are hashed together, with all the rows that they open.
#[derive(Clone, Copy, Debug)]
pub struct LeafBand {
    /// Distance between the rows that one query opens.
    pub query_stride: usize,
    /// First query.
    pub first_query: usize,
    /// Number of queries, a power of two.
    pub band_len: usize,
    /// Number of rows: queries times rows per query.
    pub n_leaves: usize,
}

/// Columns of a matrix that lie in one buffer.
#[derive(Clone, Debug)]
pub struct LeafBlock {
    /// Rows of the matrix.
    pub height: usize,
    /// Their numbers.
    pub columns: Range<usize>,
    /// Whether they are the matrix's last.
    pub is_last: bool,
}

/// The kernel that hashes rows of elements of type `T`.
pub struct HashLeaves<T> {
    pipeline: Arc<Pipeline>,
    constants: Buffer<F>,
    no_states: Buffer<u32>,
    _element: PhantomData<T>,
}

impl<T: Element> HashLeaves<T> {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            pipeline: gpu.pipeline("merkle_leaves", leaves_source::<T>(gpu.multiply()))?,
            constants: poseidon2::constants(gpu)?,
            no_states: gpu.alloc(1, "sponge states")?,
            _element: PhantomData,
        })
    }

    /// Room for the sponges of a band between two blocks of a matrix that has several.
    pub fn alloc_states(&self, gpu: &Gpu, n_leaves: usize) -> Result<Buffer<u32>, GpuError> {
        gpu.alloc(16 * n_leaves, "sponge states")
    }

    /// Writes the digests of a band's rows to `target`, from the given place on: leaf
    /// `i * band_len + j` is the row `i * query_stride + first_query + j`.
    ///
    /// `states` must be given for a matrix of several blocks.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        matrix: &Columns<T>,
        band: LeafBand,
        states: Option<&Buffer<u32>>,
        (target, first_digest): (&Buffer<Digest>, usize),
    ) {
        for (columns, block) in matrix.blocks() {
            let leaf_block = LeafBlock {
                height: matrix.height(),
                is_last: columns.end == matrix.width(),
                columns,
            };
            let target = (target, first_digest);
            self.record_block(recorder, (block, leaf_block), band, states, target);
        }
    }

    /// Takes one block in, in the order of the columns; the last one writes the digests.
    pub fn record_block(
        &self,
        recorder: &mut Recorder<'_>,
        (values, block): (&Buffer<T>, LeafBlock),
        band: LeafBand,
        states: Option<&Buffer<u32>>,
        (target, first_digest): (&Buffer<Digest>, usize),
    ) {
        let params = LeafParams {
            height: block.height as u32,
            query_stride: band.query_stride as u32,
            first_query: band.first_query as u32,
            log_band_len: band.band_len.ilog2(),
            n_leaves: band.n_leaves as u32,
            column_start: block.columns.start as u32,
            n_columns: block.columns.len() as u32,
            is_last: u32::from(block.is_last),
            first_digest: first_digest as u32,
        };
        let bindings = [
            self.constants.binding(),
            values.binding(),
            target.binding(),
            states.unwrap_or(&self.no_states).binding(),
        ];
        let grid = flat_grid(band.n_leaves as u64, WORKGROUP_SIZE);
        recorder.dispatch(&self.pipeline, &bindings, &params.words(), grid);
    }
}

/// The kernel that compresses pairs of digests.
pub struct CompressPairs {
    pipeline: Arc<Pipeline>,
    constants: Buffer<F>,
}

impl CompressPairs {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            pipeline: gpu.pipeline("merkle_compress", compress_source(gpu.multiply()))?,
            constants: poseidon2::constants(gpu)?,
        })
    }

    /// Makes `n_parents` digests, each of two children `stride` (a power of two) apart; buffers
    /// come with the place of the first digest.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        (children, child_offset): (&Buffer<Digest>, usize),
        (parents, parent_offset): (&Buffer<Digest>, usize),
        n_parents: usize,
        stride: usize,
    ) {
        let params = CompressParams {
            n_parents: n_parents as u32,
            log_stride: stride.ilog2(),
            child_offset: child_offset as u32,
            parent_offset: parent_offset as u32,
        };
        let bindings = [
            self.constants.binding(),
            children.binding(),
            parents.binding(),
        ];
        let grid = flat_grid(n_parents as u64, WORKGROUP_SIZE);
        recorder.dispatch(&self.pipeline, &bindings, &params.words(), grid);
    }
}
