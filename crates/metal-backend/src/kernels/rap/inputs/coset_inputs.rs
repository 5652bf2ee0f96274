//! `coset_inputs.wgsl` and, for large skip domains, `coset_inputs_dense.wgsl`: values on cosets of the
//! skip domain.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{coset_text, Entry, SOURCE, WORKGROUP_SIZE};
use crate::{
    gpu::{kernel, row, JobRow},
    kernels::{
        field,
        jobs::{self, Job, JobRange},
        rap::log_skip,
    },
};

/// The largest `l_skip` for which a thread transforms a chunk in registers; beyond it, one computes a
/// value.
pub const MAX_LOG_SKIP_IN_REGISTERS: usize = 6;

row! {
    /// What of a block is evaluated on cosets.
    pub struct CosetJob as "Job" {
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
        /// First chunk of `2^l_skip` rows.
        first,
        /// Number of chunks.
        count,
        /// Place of the first slot's first word.
        first_word,
        /// Words from one slot to the next.
        stride,
        /// Number of cosets.
        n_cosets,
        /// Logarithm of the size of the skip domain.
        l_skip,
    }
}

impl Job for CosetJob {
    fn n_workgroups(&self) -> u64 {
        let threads_per_entry = match self.l_skip as usize {
            0..=MAX_LOG_SKIP_IN_REGISTERS => self.count,
            l_skip => (self.n_cosets << l_skip) * self.count,
        };
        let n_threads = u64::from(self.n_entries) * u64::from(threads_per_entry);
        n_threads.div_ceil(WORKGROUP_SIZE.into())
    }
}

kernel! {
    /// Brings values on cosets of the skip domain of `2^l_skip` points to slots.
    pub struct CosetInputs("coset_inputs");
    text(multiply, l_skip: usize, of 0..=MAX_LOG_SKIP_IN_REGISTERS + 1) = [
        field::source(multiply),
        SOURCE,
        jobs::TEXT,
        log_skip(l_skip),
        main(l_skip),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings CosetInputsBindings {
        /// A block of columns or the public values, those of all jobs.
        source: Read<F>,
        /// What is wanted of it.
        entries: Read<Entry>,
        /// The slots.
        slots: Write<EF> as "array<u32>",
        /// What the texts say, for as many cosets at least.
        factors: Read<F>,
        /// The stage's jobs.
        jobs: Read<JobRow<CosetJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}

fn main(l_skip: usize) -> String {
    match l_skip {
        0..=MAX_LOG_SKIP_IN_REGISTERS => {
            include_str!("coset_inputs.wgsl").to_owned() + &coset_text::text(l_skip)
        }
        _ => include_str!("coset_inputs_dense.wgsl").to_owned(),
    }
}
