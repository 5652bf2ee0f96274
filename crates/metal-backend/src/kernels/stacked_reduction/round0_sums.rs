//! `round0_sums.wgsl`: sums combined slices over the hypercube.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// The tasks of one band.
    Round0SumsParams {
        /// Number of tasks.
        n_tasks,
        /// Logarithm of the skip domain's size.
        log_skip,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        Round0SumsParams::WGSL,
        field::source(multiply),
        include_str!("round0_sums.wgsl"),
    ]
    .concat()
}

/// The kernel that sums combined slices over the hypercube.
pub struct Round0Sums(Arc<Pipeline>);

impl Round0Sums {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction round0_sums",
            source(gpu.multiply()),
        )?))
    }

    /// Runs `tasks`, as the kernel's text describes them.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        tasks: &Buffer<u32>,
        [job_sums, eq_table, combined, results]: [&Buffer<EF>; 4],
        params: Round0SumsParams,
    ) {
        let bindings = [
            tasks.binding(),
            job_sums.binding(),
            eq_table.binding(),
            combined.binding(),
            results.binding(),
        ];
        let grid = flat_grid(u64::from(params.n_tasks), 1);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
