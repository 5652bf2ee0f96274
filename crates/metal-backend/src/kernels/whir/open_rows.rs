//! `open_rows.wgsl`: the rows that queries open.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    commit::MerkleTree,
    gpu::{Buffer, Gpu, GpuError, Pipeline, Recorder},
    kernels::{flat_grid, kernel_params},
    transcript::{DeviceSponge, Place},
};

kernel_params! {
    /// One block of columns.
    OpenRowsParams {
        /// Number of queries.
        n_queries,
        /// Logarithm of the number of rows of a query.
        log_rows,
        /// Logarithm of the distance between them.
        log_stride,
        /// Columns of the block.
        n_columns,
        /// Columns of the matrix.
        width,
        /// Columns before the block.
        first_column,
        /// Place of the indices on the tape.
        place,
        /// Where the rows go, in words.
        offset,
    }
}

/// The kernel's text.
pub fn source() -> String {
    [OpenRowsParams::WGSL, include_str!("open_rows.wgsl")].concat()
}

/// The kernel.
pub struct OpenRows(Arc<Pipeline>);

impl OpenRows {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline("whir open_rows", source())?))
    }

    /// Copies the rows of `tree` that the queries at `indices` open to `opened`, from word `offset`
    /// on: by query, by row, by column.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        tree: &MerkleTree,
        indices: Place,
        (opened, offset): (&Buffer<F>, usize),
    ) -> Result<(), GpuError> {
        let (code, n_rows) = (tree.code(), tree.rows_per_query());
        code.record_blocks(recorder, |recorder, columns, block| {
            let params = OpenRowsParams {
                n_queries: indices.n_words,
                log_rows: n_rows.ilog2(),
                log_stride: (code.height() / n_rows).ilog2(),
                n_columns: columns.len() as u32,
                width: code.width() as u32,
                first_column: columns.start as u32,
                place: indices.start,
                offset: offset as u32,
            };
            let bindings = [block.binding(), sponge.tape().binding(), opened.binding()];
            let n_threads = indices.n_words as usize * n_rows * columns.len();
            let grid = flat_grid(n_threads as u64, 256);
            recorder.dispatch(&self.0, &bindings, &params.words(), grid);
        })
    }
}
