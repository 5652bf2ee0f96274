//! `row_inputs.wgsl`: rows as they are.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{Entry, SOURCE, WORKGROUP_SIZE};
use crate::{
    gpu::{kernel, row, JobRow},
    kernels::{
        field,
        jobs::{self, Job, JobRange},
    },
};

row! {
    /// What of a block is brought where, as it is.
    pub struct RowJob as "Job" {
        /// Place of the block.
        source_start,
        /// Number of the block's first column in its part.
        column_start,
        /// Rows of the trace, a power of two.
        height,
        /// First entry.
        first_entry,
        /// Number of entries.
        n_entries,
        /// First row.
        first,
        /// Number of rows.
        count,
        /// Place of the first slot's first word.
        first_word,
        /// Words from one slot to the next.
        stride,
    }
}

impl Job for RowJob {
    fn n_workgroups(&self) -> u64 {
        (u64::from(self.n_entries) * u64::from(self.count)).div_ceil(WORKGROUP_SIZE.into())
    }
}

kernel! {
    /// Brings rows to slots as they are.
    pub struct RowInputs("row_inputs");
    text(multiply) = [field::source(multiply), SOURCE, jobs::TEXT, include_str!("row_inputs.wgsl")];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings RowInputsBindings {
        /// A block of columns or the public values, those of all jobs.
        source: Read<F>,
        /// What is wanted of it.
        entries: Read<Entry>,
        /// The slots.
        slots: Write<EF> as "array<u32>",
        /// The stage's jobs.
        jobs: Read<JobRow<RowJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}
