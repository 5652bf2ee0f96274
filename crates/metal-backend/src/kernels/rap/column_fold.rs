//! `column_fold.wgsl`: the folds of rows that an earlier fold has kept.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{inputs::WORKGROUP_SIZE, max_points};
use crate::{
    gpu::{kernel, row, JobRow},
    kernels::{
        field,
        jobs::{self, Job, JobRange},
    },
};

row! {
    /// Columns that an earlier fold has kept, for a band of rows.
    pub struct ColumnFoldJob as "Job" {
        /// Place of the first column's first row before the fold.
        rows_start,
        /// Rows of a column before the fold.
        rows_height,
        /// Place of the first column's first row after the fold, where rows are kept.
        kept_start,
        /// Place of the first column's slot.
        slots_start,
        /// Vectors from one slot to the next.
        stride,
        /// Number of columns.
        n_columns,
        /// First `y` of the band.
        first,
        /// Number of `y` in the band.
        n_y,
        /// Points of the round polynomial.
        n_points,
        /// Whether rows are paired for another round, and kept: 1 or 0.
        is_pairing,
        /// Number of the challenge on the tape, in extension elements.
        challenge,
    }
}

impl Job for ColumnFoldJob {
    fn n_workgroups(&self) -> u64 {
        (u64::from(self.n_columns) * u64::from(self.n_y)).div_ceil(WORKGROUP_SIZE.into())
    }
}

kernel! {
    /// Folds columns that an earlier fold has kept, and brings their values for the round to slots.
    pub struct ColumnFold("column_fold");
    text(multiply) = [
        field::source(multiply),
        jobs::TEXT,
        max_points(),
        include_str!("column_fold.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings ColumnFoldBindings {
        /// The rows before the fold.
        rows: Read<EF>,
        /// The rows after it, where some are kept.
        folded: Write<EF>,
        /// The slots.
        slots: Write<EF>,
        /// The tape, for the challenge.
        tape: Read<F> as "array<vec4<u32>>",
        /// The stage's jobs.
        jobs: Read<JobRow<ColumnFoldJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}
