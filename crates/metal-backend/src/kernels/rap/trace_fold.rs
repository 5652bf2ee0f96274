//! `trace_fold.wgsl`: the first two rounds' folds, of traces.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    inputs::{Entry, SOURCE, WORKGROUP_SIZE},
    log_skip, max_points, LISTED_LOG_SKIPS,
};
use crate::{
    gpu::{kernel, row, JobRow},
    kernels::{
        field,
        jobs::{self, Job, JobRange},
    },
};

row! {
    /// Columns of a block of a trace, for a band of rows.
    pub struct TraceFoldJob as "Job" {
        /// Place of the block.
        source_start,
        /// Number of the block's first column in its part.
        column_start,
        /// Rows of the trace, a power of two.
        height,
        /// First entry.
        first_entry,
        /// Number of entries.
        n_columns,
        /// First slot whose rows are kept.
        kept_first,
        /// Where these slots end.
        kept_end,
        /// Place of the first row that is kept.
        kept_start,
        /// Rows of a column after the fold.
        kept_height,
        /// Place of the first slot.
        slots_start,
        /// Vectors from one slot to the next.
        stride,
        /// First `y` of the band.
        first,
        /// Number of `y` in the band.
        n_y,
        /// Points of the round polynomial.
        n_points,
        /// Whether to fold: 1 or 0.
        is_folding,
        /// Whether rows are paired for another round: 1 or 0.
        is_pairing,
        /// Number of the challenge on the tape, in extension elements.
        challenge,
    }
}

impl Job for TraceFoldJob {
    fn n_workgroups(&self) -> u64 {
        let n_rows = u64::from(self.n_y) << (self.is_folding + self.is_pairing);
        (u64::from(self.n_columns) * n_rows).div_ceil(WORKGROUP_SIZE.into())
    }
}

kernel! {
    /// Folds columns of traces, whose rows are their values at the point of the Lagrange polynomials, and
    /// brings their values for the round to slots, for a skip domain of `2^l_skip` points.
    pub struct TraceFold("trace_fold");
    text(multiply, l_skip: usize, of LISTED_LOG_SKIPS) = [
        field::source(multiply),
        SOURCE,
        jobs::TEXT,
        log_skip(l_skip),
        max_points(),
        include_str!("trace_fold.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings TraceFoldBindings {
        /// A block of columns or the public values, those of all jobs.
        source: Read<F>,
        /// What is wanted of it.
        entries: Read<Entry>,
        /// The Lagrange polynomials of the skip domain at `r_0`.
        lagrange: Read<EF>,
        /// The rows after the fold, where some are kept.
        folded: Write<EF>,
        /// The slots.
        slots: Write<EF>,
        /// The tape, for the challenge.
        tape: Read<F> as "array<vec4<u32>>",
        /// The stage's jobs.
        jobs: Read<JobRow<TraceFoldJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}
