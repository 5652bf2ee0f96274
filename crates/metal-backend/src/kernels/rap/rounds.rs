//! `fold_trace.wgsl`, `fold_columns.wgsl` and `mle_round.wgsl`: the multilinear rounds of the batch
//! sumcheck.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    expressions::Slots,
    inputs::{InputParams, Source},
};
use crate::{
    gpu::{column_runs, Buffer, Columns, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params, sponge},
    transcript::DeviceSponge,
};

/// The largest constraint degree that the round kernel has memory for.
pub const MAX_DEGREE: usize = 30;

const WORKGROUP_SIZE: u64 = 64;

kernel_params! {
    /// Folded columns of a block, for a band of rows.
    StoredFoldParams {
        /// Rows of a column before the fold.
        rows_height,
        /// First column in its block before the fold.
        rows_column,
        /// Slot of the first column.
        column_start,
        /// Number of columns.
        n_columns,
        /// First slot whose rows are kept.
        kept_start,
        /// Where these slots end.
        kept_end,
        /// Rows of a column after the fold.
        kept_height,
        /// First `y` of the band.
        first,
        /// Number of `y` in the band.
        n_y,
        /// Vectors from one slot to the next.
        stride,
        /// Points of the round polynomial.
        n_points,
        /// Whether rows are paired for another round: 1 or 0.
        is_pairing,
        /// Number of the challenge on the tape, in extension elements.
        challenge,
    }
}

kernel_params! {
    /// Columns of a block of the trace, for a band of rows.
    TraceFoldParams {
        /// Rows of the trace, a power of two.
        height,
        /// Number of the block's first column in its part.
        column_start,
        /// First entry.
        first_entry,
        /// Number of entries.
        n_columns,
        /// First slot whose rows are kept.
        kept_start,
        /// Where these slots end.
        kept_end,
        /// Rows of a column after the fold.
        kept_height,
        /// First `y` of the band.
        first,
        /// Number of `y` in the band.
        n_y,
        /// Vectors from one slot to the next.
        stride,
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
        StoredFoldParams::WGSL,
        field::source(multiply),
        include_str!("fold_columns.wgsl"),
    ]
    .concat()
}

fn trace_fold_source(l_skip: usize, multiply: Multiply) -> String {
    let log_skip = format!("const LOG_SKIP: u32 = {l_skip}u;\n");
    [
        TraceFoldParams::WGSL,
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

/// What a fold makes of its columns.
#[derive(Clone, Copy, Debug)]
pub struct Fold<'a> {
    /// The columns after the fold, where they are kept.
    pub kept: Option<&'a Columns<EF>>,
    /// Whether to fold with the challenge before.
    pub is_folding: bool,
    /// Whether rows are paired for another round.
    pub is_pairing: bool,
    /// First `y` of the band, and their number.
    pub band: (usize, usize),
    /// Points of the round polynomial.
    pub n_points: usize,
    /// Where the values for the next round go.
    pub slots: Slots<'a>,
    /// The tape, and the place of the challenge on it, in extension elements.
    pub tape: (&'a DeviceSponge, u32),
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

    /// Folds columns that an earlier fold has kept, one for each slot. `fold.is_folding` is true of
    /// them.
    pub fn record_stored_fold(
        &self,
        recorder: &mut Recorder<'_>,
        rows: &Columns<EF>,
        fold: Fold<'_>,
    ) {
        let per_block = [rows, fold.kept.unwrap_or(rows)].map(Columns::columns_per_block);
        for run in column_runs(rows.width(), per_block, usize::MAX) {
            let (block, rows_column) = rows.locate(run.start);
            let kept = fold.kept.map(|kept| {
                let (block, column) = kept.locate(run.start);
                (run.start - column, block)
            });
            let (kept_start, kept_block) = kept.unwrap_or((0, &self.nothing));
            let params = StoredFoldParams {
                rows_height: rows.height() as u32,
                rows_column: rows_column as u32,
                column_start: run.start as u32,
                n_columns: run.len as u32,
                kept_start: kept_start as u32,
                kept_end: kept.map_or(0, |_| (run.start + run.len) as u32),
                kept_height: fold.kept_height(),
                first: fold.band.0 as u32,
                n_y: fold.band.1 as u32,
                stride: fold.slots.stride as u32,
                n_points: fold.n_points as u32,
                is_pairing: fold.is_pairing.into(),
                challenge: fold.tape.1,
            };
            let bindings = [
                block.binding(),
                kept_block.binding(),
                fold.slots.buffer.binding(),
                fold.tape.0.tape().binding(),
            ];
            let grid = flat_grid((run.len * fold.band.1) as u64, WORKGROUP_SIZE);
            recorder.dispatch(&self.fold_stored, &bindings, &params.words(), grid);
        }
    }

    /// Folds columns of a trace, whose rows are its values at the point of the `lagrange`
    /// polynomials. `input` has the place of the columns in the trace.
    pub fn record_trace_fold(
        &self,
        recorder: &mut Recorder<'_>,
        source: Source<'_>,
        input: InputParams,
        lagrange: &Buffer<EF>,
        fold: Fold<'_>,
    ) {
        if input.n_entries == 0 {
            return;
        }
        let blocks: Vec<_> = match fold.kept {
            Some(kept) => kept.blocks().collect(),
            None => vec![(0..0, &self.nothing)],
        };
        for (slots, kept_block) in blocks {
            let params = TraceFoldParams {
                height: input.height,
                column_start: input.column_start,
                first_entry: input.first_entry,
                n_columns: input.n_entries,
                kept_start: slots.start as u32,
                kept_end: slots.end as u32,
                kept_height: fold.kept_height(),
                first: fold.band.0 as u32,
                n_y: fold.band.1 as u32,
                stride: fold.slots.stride as u32,
                n_points: fold.n_points as u32,
                is_folding: fold.is_folding.into(),
                is_pairing: fold.is_pairing.into(),
                challenge: fold.tape.1,
            };
            let bindings = [
                source.block.binding(),
                source.entries.binding(),
                lagrange.binding(),
                kept_block.binding(),
                fold.slots.buffer.binding(),
                fold.tape.0.tape().binding(),
            ];
            let log_rows = u32::from(fold.is_folding) + u32::from(fold.is_pairing);
            let n_rows = (u64::from(input.n_entries) * fold.band.1 as u64) << log_rows;
            let grid = flat_grid(n_rows, WORKGROUP_SIZE);
            recorder.dispatch(&self.fold_trace, &bindings, &params.words(), grid);
        }
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

impl Fold<'_> {
    fn kept_height(&self) -> u32 {
        self.kept.map_or(0, |kept| kept.height() as u32)
    }
}
