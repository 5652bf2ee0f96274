//! `weights.wgsl`: computes what the rows of a slice weigh.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// Some rows of the slices of one height.
    WeightsParams {
        /// Number of rows.
        n_rows,
        /// The first one.
        first_row,
        /// Logarithm of the skip domain's size.
        log_skip,
        /// Number of variables of the hypercube.
        n_vars,
        /// Place of u_1 on the tape, in vectors of four words.
        u_place,
        /// Distance to u_2, likewise.
        u_stride,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        WeightsParams::WGSL,
        field::source(multiply),
        include_str!("weights.wgsl"),
    ]
    .concat()
}

/// The kernel that computes what the rows of a slice weigh.
pub struct Weights(Arc<Pipeline>);

impl Weights {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction weights",
            source(gpu.multiply()),
        )?))
    }

    /// Writes the weights to `weights`, from its start on.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        [scalars, weights]: [&Buffer<EF>; 2],
        params: WeightsParams,
    ) {
        let bindings = [tape.binding(), scalars.binding(), weights.binding()];
        let grid = flat_grid(u64::from(params.n_rows), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
