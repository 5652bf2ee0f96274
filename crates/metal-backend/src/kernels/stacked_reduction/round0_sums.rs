//! `round0_sums.wgsl`: sums combined slices over the hypercube.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{flat_grid, kernel, row},
    kernels::field,
};

row! {
    /// Rows of one group that a workgroup sums up. They begin with the first element of the skip
    /// domain.
    pub struct Round0Task as "Task" {
        /// The first row's place in the band.
        first_row,
        /// Number of rows.
        n_rows,
        /// Place of the first row's sum of the group's first job.
        first_sum,
        /// Number of the group's jobs.
        n_jobs,
        /// Distance between the sums of two jobs.
        job_stride,
        /// Points of the group's hypercube, a power of two.
        cube_size,
        /// The first row's point.
        first_x,
        /// 1 if rotations leave the skip domain, else 0.
        has_step,
        /// Number of the result.
        result,
    }
}

kernel! {
    /// Adds the jobs' sums up, and the combinations over the hypercube.
    pub struct Round0Sums("stacked_reduction round0_sums");
    text(multiply) = [field::source(multiply), include_str!("round0_sums.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings Round0SumsBindings {
        /// The tasks of one band.
        tasks: Read<Round0Task>,
        /// As `CombineSlices` leaves them.
        job_sums: Read<EF>,
        /// As `EqTable` leaves it.
        eq_table: Read<EF>,
        /// The band's rows of the groups' combinations.
        combined: Write<EF>,
        /// Two values for every result and element of the skip domain.
        results: Write<EF>,
    }
    params Round0SumsParams {
        /// Number of tasks.
        n_tasks,
        /// Logarithm of the skip domain's size.
        log_skip,
    }
    grid(params) = flat_grid(params.n_tasks.into(), 1);
}
