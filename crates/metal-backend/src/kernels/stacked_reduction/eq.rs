//! `eq.wgsl`: tabulates `eq(x, r)`.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// How much of it.
    EqTableParams {
        /// Length of the table: two to the power of one more than the most variables.
        n_values,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        EqTableParams::WGSL,
        field::source(multiply),
        include_str!("eq.wgsl"),
    ]
    .concat()
}

/// The kernel that tabulates `eq(x, r)`.
pub struct EqTable(Arc<Pipeline>);

impl EqTable {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction eq",
            source(gpu.multiply()),
        )?))
    }

    /// Writes `eq(x, r[1..1 + n])` to place `2^n + x` of `table`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        [r, table]: [&Buffer<EF>; 2],
        params: EqTableParams,
    ) {
        let bindings = [r.binding(), table.binding()];
        let grid = flat_grid(u64::from(params.n_values), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
