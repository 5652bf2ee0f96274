//! `slice_sums.wgsl`: sums slices up with weights.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// The jobs of one block of a matrix, for a band of rows.
    SliceSumsParams {
        /// Number of jobs.
        n_jobs,
        /// First row of the band.
        first_row,
        /// Rows of the band.
        n_band_rows,
        /// Rows that a workgroup sums up.
        chunk_rows,
        /// Chunks of the band.
        n_band_chunks,
        /// The first one, counted over the slice.
        first_chunk,
        /// Chunks of a slice.
        n_chunks,
        /// Logarithm of a slice's length.
        log_len,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        SliceSumsParams::WGSL,
        field::source(multiply),
        include_str!("slice_sums.wgsl"),
    ]
    .concat()
}

/// The kernel that sums slices up with weights.
pub struct SliceSums(Arc<Pipeline>);

impl SliceSums {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction slice_sums",
            source(gpu.multiply()),
        )?))
    }

    /// Runs `jobs`, as the kernel's text describes them.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        matrix: &Buffer<F>,
        jobs: &Buffer<u32>,
        [weights, sums]: [&Buffer<EF>; 2],
        params: SliceSumsParams,
    ) {
        let bindings = [
            matrix.binding(),
            weights.binding(),
            jobs.binding(),
            sums.binding(),
        ];
        let grid = flat_grid(
            u64::from(params.n_jobs) * u64::from(params.n_band_chunks),
            1,
        );
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
