//! `reduce_sums.wgsl`: partial sums to sums.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{flat_grid, kernel, row},
    kernels::field,
};

row! {
    /// Partial sums that belong together; they end where those of the next run begin.
    pub struct Run as "Run" {
        /// Place of the first partial sum.
        start,
        /// Place of the sum.
        target_ix,
    }
}

kernel! {
    /// Adds up runs of partial sums.
    pub struct ReduceSums("reduce_sums");
    text(multiply) = [field::source(multiply), include_str!("reduce_sums.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings ReduceSumsBindings {
        /// The partial sums.
        partials: Read<EF>,
        /// The runs, and behind the last one of a reduction one that only ends it.
        runs: Read<Run>,
        /// The sums.
        sums: Write<EF>,
    }
    params ReduceSumsParams {
        /// First run.
        first_run,
        /// Number of runs.
        n_runs,
    }
    grid(params) = flat_grid(params.n_runs.into(), 1);
}
