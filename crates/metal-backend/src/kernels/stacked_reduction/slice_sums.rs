//! `slice_sums.wgsl`: sums slices up with weights.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{flat_grid, kernel, row},
    kernels::field,
};

/// The most slices of a job.
pub const SLICES_PER_JOB: usize = 8;

row! {
    /// A few slices that lie one after the other in one block of a matrix.
    pub struct SliceSumsJob as "Job" {
        /// The first cell of the first slice.
        first_cell,
        /// Number of slices, at most `SLICES_PER_JOB`.
        n_slices,
        /// Number of the first slice among those of its height.
        first_slice,
    }
}

kernel! {
    /// Adds up the weighted rows of a band of slices, in parts.
    pub struct SliceSums("stacked_reduction slice_sums");
    text(multiply) = [
        field::source(multiply),
        format!("const SLICES_PER_JOB: u32 = {SLICES_PER_JOB}u;\n"),
        include_str!("slice_sums.wgsl"),
    ];
    workgroup_size = [128, 1, 1];
    bindings SliceSumsBindings {
        /// A block of a stacked matrix.
        matrix: Read<F>,
        /// What the band's rows weigh.
        weights: Read<EF>,
        /// The jobs of the block.
        jobs: Read<SliceSumsJob>,
        /// The parts of the slices' values.
        sums: Write<EF>,
    }
    params SliceSumsParams {
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
    grid(params) = flat_grid(u64::from(params.n_jobs) * u64::from(params.n_band_chunks), 1);
}
