//! `open_columns.wgsl`: columns at the point of the batch sumcheck.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{log_skip, LISTED_LOG_SKIPS};
use crate::{
    gpu::{kernel, row, JobRow},
    kernels::{
        field,
        jobs::{self, Job, JobRange},
    },
};

row! {
    /// The columns of a block.
    pub struct OpenJob as "Job" {
        /// Place of the first column.
        source_start,
        /// Rows of the trace, a power of two.
        height,
        /// Number of columns.
        n_columns,
        /// Chunks of `2^l_skip` rows, a power of two; at `n_chunks` begin the values of eq.
        n_chunks,
        /// Chunks of a group, which divide `n_chunks`.
        group_len,
        /// Number of groups that a column is cut into.
        n_groups,
        /// Place of the first share of the first column.
        first_share,
        /// Openings of a column: 2 with its rotation, 1 without.
        per_column,
    }
}

impl Job for OpenJob {
    fn n_workgroups(&self) -> u64 {
        u64::from(self.n_columns) * u64::from(self.n_groups)
    }
}

kernel! {
    /// Writes the groups' shares of the openings of columns, for a skip domain of `2^l_skip` points.
    pub struct OpenColumns("open_columns");
    text(multiply, l_skip: usize, of LISTED_LOG_SKIPS) = [
        field::source(multiply),
        jobs::TEXT,
        log_skip(l_skip),
        include_str!("open_columns.wgsl"),
    ];
    workgroup_size = [256, 1, 1];
    bindings OpenColumnsBindings {
        /// A block of columns, those of all jobs.
        columns: Read<F>,
        /// eq at the point but its first coordinate, a tree of the first ones.
        eq: Read<EF>,
        /// The Lagrange polynomials of the skip domain at the first coordinate, `r_0`.
        lagrange: Read<EF>,
        /// The shares.
        shares: Write<EF>,
        /// The stage's jobs.
        jobs: Read<JobRow<OpenJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}
