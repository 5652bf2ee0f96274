//! `combine.wgsl`: combines slices with powers of lambda.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// The jobs of one block of a matrix.
    CombineParams {
        /// Rows of all jobs together.
        n_threads,
        /// Number of jobs.
        n_jobs,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        CombineParams::WGSL,
        field::source(multiply),
        include_str!("combine.wgsl"),
    ]
    .concat()
}

/// The kernel that combines slices with powers of lambda.
pub struct Combine(Arc<Pipeline>);

impl Combine {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction combine",
            source(gpu.multiply()),
        )?))
    }

    /// Runs `jobs`, as the kernel's text describes them.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        matrix: &Buffer<F>,
        jobs: &Buffer<u32>,
        [powers, sums]: [&Buffer<EF>; 2],
        params: CombineParams,
    ) {
        let bindings = [
            matrix.binding(),
            powers.binding(),
            jobs.binding(),
            sums.binding(),
        ];
        let grid = flat_grid(u64::from(params.n_threads), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
