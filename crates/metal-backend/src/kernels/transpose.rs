//! `transpose.wgsl`: rows of a trace, as the host has them, to the columns of a matrix.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::kernel_params;
use crate::gpu::{column_runs, Buffer, Columns, Gpu, GpuError, Pipeline, Recorder};

kernel_params! {
    /// Which cells go where.
    TransposeParams {
        /// Number of rows.
        n_rows,
        /// Number of columns moved.
        n_columns,
        /// Number of columns that the source has.
        n_columns_in_row,
        /// The first one that is moved.
        first_column,
        /// Rows of the target.
        height,
        /// Place of the first row there.
        first_target_row,
        /// Place of the first column in the target's block.
        first_target_column,
    }
}

/// Columns and rows that a workgroup moves.
const TILE: usize = 32;

/// The most rows that [`Transpose::record`] moves at once: the workgroups that a grid has in a row.
pub const MAX_ROWS: usize = 65_535 * TILE;

/// The kernel that makes columns of rows.
pub struct Transpose(Arc<Pipeline>);

/// The kernel's text.
pub fn source() -> String {
    [TransposeParams::WGSL, include_str!("transpose.wgsl")].concat()
}

impl Transpose {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline("transpose", source())?))
    }

    /// Copies the first `n_rows` of `rows`, which have `columns.width()` cells each, to the columns,
    /// from row `first_row` on.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        rows: &Buffer<F>,
        n_rows: usize,
        columns: &Columns<F>,
        first_row: usize,
    ) {
        let per_block = columns.columns_per_block();
        for run in column_runs(columns.width(), [per_block; 2], MAX_ROWS) {
            let (block, first_target_column) = columns.locate(run.start);
            let params = TransposeParams {
                n_rows: n_rows as u32,
                n_columns: run.len as u32,
                n_columns_in_row: columns.width() as u32,
                first_column: run.start as u32,
                height: columns.height() as u32,
                first_target_row: first_row as u32,
                first_target_column: first_target_column as u32,
            };
            let groups = |n: usize| n.div_ceil(TILE) as u32;
            let bindings = [rows.binding(), block.binding()];
            let grid = [groups(run.len), groups(n_rows), 1];
            recorder.dispatch(&self.0, &bindings, &params.words(), grid);
        }
    }
}
