//! `rows.wgsl`, `cosets.wgsl` and, for large skip domains, `cosets_dense.wgsl`: from base columns to the inputs of a plan.

use std::sync::Arc;

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::coset_text;
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{
        field, flat_grid,
        jobs::{self, kernel_job, Job, JobRange},
        kernel_params,
    },
};

kernel_params! {
    /// What of a block is brought where, as it is.
    InputParams {
        /// Rows of the trace, a power of two.
        height,
        /// Place of the block.
        source_start,
        /// Number of the block's first column in its part.
        column_start,
        /// First entry.
        first_entry,
        /// Number of entries.
        n_entries,
        /// First row.
        first,
        /// Number of rows.
        count,
        /// Words from one target to the next.
        stride,
    }
}

kernel_job! {
    /// What of a block is evaluated on cosets.
    CosetJob {
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
        /// Words from one target to the next.
        stride,
        /// Number of cosets.
        n_cosets,
        /// Logarithm of the size of the skip domain.
        l_skip,
    }
}

impl Job for CosetJob {
    fn row(&self) -> Vec<u32> {
        self.words()
    }

    fn n_workgroups(&self) -> u64 {
        let threads_per_entry = match self.l_skip as usize {
            0..=coset_text::MAX_LOG_SKIP => self.count,
            l_skip => (self.n_cosets << l_skip) * self.count,
        };
        (u64::from(self.n_entries) * u64::from(threads_per_entry)).div_ceil(WORKGROUP_SIZE)
    }
}

/// Words of an entry, whose meaning is at the top of `source.wgsl`.
pub const ENTRY_WORDS: usize = 4;
/// An entry for a column.
pub const KIND_COLUMN: u32 = 0;
/// An entry for the selector of the first row.
pub const KIND_IS_FIRST: u32 = 1;
/// An entry for the selector of the last row.
pub const KIND_IS_LAST: u32 = 2;
/// An entry for the selector of all rows but the last.
pub const KIND_IS_TRANSITION: u32 = 3;
/// An entry for a public value.
pub const KIND_PUBLIC_VALUE: u32 = 4;

/// The largest `l_skip` for which the texts are listed.
const MAX_LISTED_LOG_SKIP: usize = coset_text::MAX_LOG_SKIP + 1;

/// Name and text of the kernels, for every usual `l_skip`.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let mut sources = vec![("rows".to_owned(), row_source(multiply))];
    for l_skip in 0..=MAX_LISTED_LOG_SKIP {
        let [_, cosets] = sources_for(l_skip, multiply);
        sources.push(cosets);
    }
    sources
}

/// Name and text of the kernels for one `l_skip`; the first is the same for all.
pub fn sources_for(l_skip: usize, multiply: Multiply) -> [(String, String); 2] {
    [
        ("rows".to_owned(), row_source(multiply)),
        (format!("cosets {l_skip}"), coset_source(l_skip, multiply)),
    ]
}

const WORKGROUP_SIZE: u64 = 64;

fn row_source(multiply: Multiply) -> String {
    let main = [InputParams::WGSL, include_str!("rows.wgsl")].concat();
    source(&main, multiply)
}

fn coset_source(l_skip: usize, multiply: Multiply) -> String {
    let log_skip = format!("const LOG_SKIP: u32 = {l_skip}u;\n");
    let main = match l_skip {
        0..=coset_text::MAX_LOG_SKIP => {
            include_str!("cosets.wgsl").to_owned() + &coset_text::text(l_skip)
        }
        _ => include_str!("cosets_dense.wgsl").to_owned(),
    };
    let main = [CosetJob::WGSL, jobs::TEXT, &log_skip, &main].concat();
    source(&main, multiply)
}

fn source(main: &str, multiply: Multiply) -> String {
    [field::source(multiply), include_str!("source.wgsl"), main].concat()
}

/// A block of columns or the public values, and the entries that read them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source<'a> {
    /// The block.
    pub block: &'a Buffer<F>,
    /// The entries.
    pub entries: &'a Buffer<u32>,
}

/// The two kernels.
pub struct Inputs {
    rows: Arc<Pipeline>,
    cosets: Arc<Pipeline>,
    l_skip: usize,
}

impl Inputs {
    /// Compiles the kernels for `2^l_skip` points in the skip domain.
    pub fn new(gpu: &Gpu, l_skip: usize) -> Result<Self, GpuError> {
        let multiply = gpu.multiply();
        Ok(Self {
            rows: gpu.pipeline("rows", row_source(multiply))?,
            cosets: gpu.pipeline("cosets", coset_source(l_skip, multiply))?,
            l_skip,
        })
    }

    /// Rows as they are.
    pub fn record_rows(
        &self,
        recorder: &mut Recorder<'_>,
        source: Source<'_>,
        slots: &Buffer<EF>,
        params: InputParams,
    ) {
        let bindings = [
            source.block.binding(),
            source.entries.binding(),
            slots.binding(),
        ];
        let n_threads = u64::from(params.n_entries) * u64::from(params.count);
        if n_threads > 0 {
            let grid = flat_grid(n_threads, WORKGROUP_SIZE);
            recorder.dispatch(&self.rows, &bindings, &params.words(), grid);
        }
    }

    /// The factors of the cosets `g D`, `g^2 D`, ..., on the device.
    pub fn coset_factors(&self, gpu: &Gpu, n_cosets: usize) -> Result<Buffer<F>, GpuError> {
        let factors = match self.l_skip {
            0..=coset_text::MAX_LOG_SKIP => power_factors(self.l_skip, n_cosets),
            _ => lagrange_factors(self.l_skip, n_cosets),
        };
        gpu.upload(&factors, "cosets")
    }

    /// Values on cosets of the skip domain, with the [`factors`](Self::coset_factors) of as many
    /// cosets at least. All blocks are in `source`.
    pub fn record_cosets(
        &self,
        recorder: &mut Recorder<'_>,
        source: Source<'_>,
        factors: &Buffer<F>,
        slots: &Buffer<EF>,
        (jobs, range): (&Buffer<u32>, JobRange),
    ) {
        if range.is_empty() {
            return;
        }
        let bindings = [
            source.block.binding(),
            source.entries.binding(),
            slots.binding(),
            factors.binding(),
            jobs.binding(),
        ];
        recorder.dispatch(&self.cosets, &bindings, &range.params(), range.grid());
    }
}

/// `g^((c+1) i) / N` for coset `c` and exponent `i`.
fn power_factors(l_skip: usize, n_cosets: usize) -> Vec<F> {
    let n_inverse = F::ONE.halve().exp_u64(l_skip as u64);
    let shifts = F::GENERATOR.powers().skip(1).take(n_cosets);
    shifts
        .flat_map(|shift| shift.shifted_powers(n_inverse).take(1 << l_skip))
        .collect()
}

/// `L_0(p) = (p^N - 1) / (N (p - 1))` at the points `p` of each coset.
fn lagrange_factors(l_skip: usize, n_cosets: usize) -> Vec<F> {
    let omega = F::two_adic_generator(l_skip);
    let n_inverse = F::ONE.halve().exp_u64(l_skip as u64);
    let value = |p: F| (p.exp_power_of_2(l_skip) - F::ONE) * n_inverse * (p - F::ONE).inverse();
    let shifts = F::GENERATOR.powers().skip(1).take(n_cosets);
    shifts
        .flat_map(|shift| {
            omega
                .powers()
                .take(1 << l_skip)
                .map(move |w| value(shift * w))
        })
        .collect()
}
