//! `fold_trace.wgsl`, `fold_columns.wgsl` and `mle_round.wgsl`: the multilinear rounds of the batch
//! sumcheck.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::inputs::Source;
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{
        field,
        jobs::{self, kernel_job, Job, JobRange},
        kernel_params, sponge,
    },
    transcript::DeviceSponge,
};

/// The largest constraint degree that the round kernel has memory for.
pub const MAX_DEGREE: usize = 30;

const WORKGROUP_SIZE: u64 = 64;

kernel_job! {
    /// Columns that an earlier fold has kept, for a band of rows.
    StoredFoldJob {
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

kernel_job! {
    /// Columns of a block of a trace, for a band of rows.
    TraceFoldJob {
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

impl Job for StoredFoldJob {
    fn row(&self) -> Vec<u32> {
        self.words()
    }

    fn n_workgroups(&self) -> u64 {
        (u64::from(self.n_columns) * u64::from(self.n_y)).div_ceil(WORKGROUP_SIZE)
    }
}

impl Job for TraceFoldJob {
    fn row(&self) -> Vec<u32> {
        self.words()
    }

    fn n_workgroups(&self) -> u64 {
        let n_rows = u64::from(self.n_y) << (self.is_folding + self.is_pairing);
        (u64::from(self.n_columns) * n_rows).div_ceil(WORKGROUP_SIZE)
    }
}

kernel_params! {
    /// One round.
    RoundParams {
        /// The round, from 1 on.
        round,
        /// Degree d of the traces' sums.
        degree,
        /// Number of values of the round polynomial.
        n_values,
        /// Number of traces.
        n_traces,
        /// Traces that have this round's variable.
        n_head,
        /// Those, and the traces that had the last round's.
        n_live,
        /// Place of the polynomial on the tape, in extension elements.
        polynomial,
        /// Place of the challenge.
        challenge,
        /// Place of the last round's challenge.
        last_challenge,
    }
}

/// The largest `l_skip` for which the texts are listed.
const MAX_LISTED_LOG_SKIP: usize = 6;

/// Name and text of the kernels, for every usual `l_skip`.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let [of_0, others @ ..] = sources_for(0, multiply);
    let of_more = (1..=MAX_LISTED_LOG_SKIP).map(|l_skip| {
        let [of_trace, ..] = sources_for(l_skip, multiply);
        of_trace
    });
    [of_0].into_iter().chain(of_more).chain(others).collect()
}

/// Name and text of the kernels for one `l_skip`; all but the first are the same for all.
pub fn sources_for(l_skip: usize, multiply: Multiply) -> [(String, String); 3] {
    [
        (
            format!("fold_trace {l_skip}"),
            trace_fold_source(l_skip, multiply),
        ),
        ("fold_columns".to_owned(), stored_fold_source(multiply)),
        ("mle_round".to_owned(), round_source(multiply)),
    ]
}

fn stored_fold_source(multiply: Multiply) -> String {
    [
        StoredFoldJob::WGSL,
        jobs::TEXT,
        field::source(multiply),
        include_str!("fold_columns.wgsl"),
    ]
    .concat()
}

fn trace_fold_source(l_skip: usize, multiply: Multiply) -> String {
    let log_skip = format!("const LOG_SKIP: u32 = {l_skip}u;\n");
    [
        TraceFoldJob::WGSL,
        jobs::TEXT,
        &log_skip,
        field::source(multiply),
        include_str!("source.wgsl"),
        include_str!("fold_trace.wgsl"),
    ]
    .concat()
}

fn round_source(multiply: Multiply) -> String {
    let max_points = format!("const MAX_POINTS: u32 = {}u;\n", MAX_DEGREE + 2);
    [
        RoundParams::WGSL,
        &max_points,
        field::source(multiply),
        sponge::source(),
        include_str!("mle_round.wgsl"),
    ]
    .concat()
}

/// What folds write, where they find the challenge, and the jobs of one dispatch.
#[derive(Clone, Copy, Debug)]
pub struct Fold<'a> {
    /// The rows after the fold, where some are kept.
    pub kept: Option<&'a Buffer<EF>>,
    /// The values for the next round.
    pub slots: &'a Buffer<EF>,
    /// What the challenge is read from.
    pub tape: &'a DeviceSponge,
    /// The stage's jobs.
    pub jobs: &'a Buffer<u32>,
    /// Those of the dispatch.
    pub range: JobRange,
}

/// What the round kernel reads and writes.
#[derive(Clone, Copy, Debug)]
pub struct RoundBuffers<'a> {
    /// Sums of the traces.
    pub sums: &'a Buffer<EF>,
    /// Powers of mu.
    pub mu: &'a Buffer<EF>,
    /// Constants of the interpolation, and of the rounds.
    pub constants: &'a Buffer<EF>,
    /// Claims and factors that go from round to round.
    pub running: &'a Buffer<EF>,
}

/// The kernels.
pub struct Rounds {
    fold_stored: Arc<Pipeline>,
    fold_trace: Arc<Pipeline>,
    round: Arc<Pipeline>,
    nothing: Buffer<EF>,
}

impl Rounds {
    /// Compiles the kernels for `2^l_skip` points in the skip domain.
    pub fn new(gpu: &Gpu, l_skip: usize) -> Result<Self, GpuError> {
        let multiply = gpu.multiply();
        Ok(Self {
            fold_stored: gpu.pipeline("fold_columns", stored_fold_source(multiply))?,
            fold_trace: gpu.pipeline("fold_trace", trace_fold_source(l_skip, multiply))?,
            round: gpu.pipeline("mle_round", round_source(multiply))?,
            nothing: gpu.alloc(1, "no columns")?,
        })
    }

    /// Folds columns that an earlier fold has kept in `rows`.
    pub fn record_stored_fold(
        &self,
        recorder: &mut Recorder<'_>,
        rows: &Buffer<EF>,
        fold: Fold<'_>,
    ) {
        if fold.range.is_empty() {
            return;
        }
        let bindings = [
            rows.binding(),
            fold.kept.unwrap_or(&self.nothing).binding(),
            fold.slots.binding(),
            fold.tape.tape().binding(),
            fold.jobs.binding(),
        ];
        let (params, grid) = (fold.range.params(), fold.range.grid());
        recorder.dispatch(&self.fold_stored, &bindings, &params, grid);
    }

    /// Folds columns of traces in `source`, whose rows are their values at the point of the
    /// `lagrange` polynomials.
    pub fn record_trace_fold(
        &self,
        recorder: &mut Recorder<'_>,
        source: Source<'_>,
        lagrange: &Buffer<EF>,
        fold: Fold<'_>,
    ) {
        if fold.range.is_empty() {
            return;
        }
        let bindings = [
            source.block.binding(),
            source.entries.binding(),
            lagrange.binding(),
            fold.kept.unwrap_or(&self.nothing).binding(),
            fold.slots.binding(),
            fold.tape.tape().binding(),
            fold.jobs.binding(),
        ];
        let (params, grid) = (fold.range.params(), fold.range.grid());
        recorder.dispatch(&self.fold_trace, &bindings, &params, grid);
    }

    /// Makes the round polynomial, observes it and samples the challenge.
    pub fn record_round(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        buffers: RoundBuffers<'_>,
        params: RoundParams,
    ) {
        let bindings = [
            sponge.sponge().binding(),
            sponge.tape().binding(),
            buffers.sums.binding(),
            buffers.mu.binding(),
            buffers.constants.binding(),
            buffers.running.binding(),
        ];
        recorder.dispatch(&self.round, &bindings, &params.words(), [1, 1, 1]);
    }
}
