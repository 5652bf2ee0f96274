//! `transpose.wgsl`: rows of a trace, as the host has them, to the columns of a matrix.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::gpu::kernel;

/// Columns and rows that a workgroup moves.
const TILE: u32 = 32;

/// The most rows that a dispatch moves: the workgroups that a grid has in a row.
pub const MAX_ROWS: usize = 65_535 * TILE as usize;

kernel! {
    /// Copies cells of rows to their places in a block of columns.
    pub struct Transpose("transpose");
    text(_multiply) = [include_str!("transpose.wgsl")];
    workgroup_size = [TILE, 8, 1];
    bindings TransposeBindings {
        /// The rows.
        rows: Read<F>,
        /// The block.
        columns: Write<F>,
    }
    params TransposeParams {
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
    grid(params) = [
        params.n_columns.div_ceil(TILE),
        params.n_rows.div_ceil(TILE),
        1,
    ];
}
