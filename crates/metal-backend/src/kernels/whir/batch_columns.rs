//! `batch_columns.wgsl`: columns times powers of a challenge, added up.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    commit::StackedMatrix,
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// One piece of a matrix.
    BatchColumnsParams {
        /// Values of a column.
        height,
        /// Columns of the piece.
        n_columns,
        /// Place of the first one's first cell.
        first_cell,
        /// The power that the first one is multiplied by.
        first_power,
        /// Whether `batched` has no value yet: 1 or 0.
        is_first,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    let field = field::source(multiply);
    let text = include_str!("batch_columns.wgsl");
    [BatchColumnsParams::WGSL, field, text].concat()
}

/// The kernel.
pub struct BatchColumns(Arc<Pipeline>);

impl BatchColumns {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let source = source(gpu.multiply());
        Ok(Self(gpu.pipeline("whir batch_columns", source)?))
    }

    /// Adds up the columns of `matrices`, which have equal heights, each times its power, to
    /// `batched`: four base columns of that height, two in each buffer.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        matrices: &[StackedMatrix],
        powers: &Buffer<EF>,
        [batched, batched_high]: &[Buffer<F>; 2],
    ) {
        let mut first_power = 0;
        for matrix in matrices {
            for piece in matrix.pieces() {
                let params = BatchColumnsParams {
                    height: matrix.height() as u32,
                    n_columns: piece.columns.len() as u32,
                    first_cell: piece.first_cell as u32,
                    first_power,
                    is_first: u32::from(first_power == 0),
                };
                let bindings = [
                    piece.buffer.binding(),
                    powers.binding(),
                    batched.binding(),
                    batched_high.binding(),
                ];
                let grid = flat_grid(matrix.height() as u64, 256);
                recorder.dispatch(&self.0, &bindings, &params.words(), grid);
                first_power += params.n_columns;
            }
        }
    }
}
