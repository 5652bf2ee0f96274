//! `combine.wgsl`: combines slices with powers of lambda.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::SEARCH;
use crate::{
    gpu::{kernel, row},
    kernels::field,
};

row! {
    /// A few slices that lie one after the other in one block of a matrix.
    pub struct CombineJob as "Job" {
        /// The first of its threads, of which it has one for each row of a slice.
        first_thread,
        /// The first cell of the first slice.
        first_cell,
        /// Logarithm of a slice's length.
        log_len,
        /// Number of the first slice's power.
        first_slice,
        /// Number of slices.
        n_slices,
        /// Place of the first row's sum.
        first_sum,
    }
}

kernel! {
    /// Adds the slices of each job up, weighted with powers of lambda.
    pub struct CombineSlices("stacked_reduction combine");
    text(multiply) = [field::source(multiply), SEARCH, include_str!("combine.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings CombineBindings {
        /// A block of a stacked matrix.
        matrix: Read<F>,
        /// The weight of every slice.
        powers: Read<EF>,
        /// The jobs of the block.
        jobs: Read<CombineJob>,
        /// A sum for each row of each job.
        sums: Write<EF>,
    }
    params CombineParams {
        /// Rows of all jobs together.
        n_threads,
        /// Number of jobs.
        n_jobs,
    }
    grid(params) = threads(params.n_threads);
}
