//! `fold_columns.wgsl` and `mle_round.wgsl`: the multilinear rounds of the batch sumcheck.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{column_runs, Buffer, Columns, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params, sponge},
    transcript::DeviceSponge,
};

/// The largest constraint degree that the round kernel has memory for.
pub const MAX_DEGREE: usize = 30;

const WORKGROUP_SIZE: u64 = 64;

kernel_params! {
    /// Columns of a block, for a band of rows.
    FoldParams {
        /// Rows of a column before the fold.
        rows_height,
        /// First column in its block before the fold.
        rows_column,
        /// First column in its block after the fold.
        folded_column,
        /// First column in the matrix.
        column_start,
        /// Number of columns.
        n_columns,
        /// Columns that have a slot.
        n_slots,
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
        /// Constraint degree d of the statement.
        degree,
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

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    vec![
        ("fold_columns".to_owned(), fold_source(multiply)),
        ("mle_round".to_owned(), round_source(multiply)),
    ]
}

fn fold_source(multiply: Multiply) -> String {
    [
        FoldParams::WGSL,
        field::source(multiply),
        include_str!("fold_columns.wgsl"),
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

/// How a fold reads its rows.
#[derive(Clone, Copy, Debug)]
pub struct Fold<'a> {
    /// The columns before the fold.
    pub rows: &'a Columns<EF>,
    /// The columns after it, half as high; `None` reads `rows` as they are.
    pub folded: Option<&'a Columns<EF>>,
    /// Whether rows are paired for another round.
    pub is_pairing: bool,
}

/// The slots that a fold fills.
#[derive(Clone, Copy, Debug)]
pub struct FoldSlots<'a> {
    /// The values.
    pub buffer: &'a Buffer<EF>,
    /// Columns that have a slot.
    pub n_slots: usize,
    /// Vectors from one slot to the next.
    pub stride: usize,
    /// Points of the round polynomial.
    pub n_points: usize,
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
    fold: Arc<Pipeline>,
    round: Arc<Pipeline>,
    nothing: Buffer<EF>,
}

impl Rounds {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            fold: gpu.pipeline("fold_columns", fold_source(gpu.multiply()))?,
            round: gpu.pipeline("mle_round", round_source(gpu.multiply()))?,
            nothing: gpu.alloc(1, "no columns")?,
        })
    }

    /// Folds the columns in the band of `n_y` rows from `first` on, with the challenge at place
    /// `challenge` of the `tape`, and fills `slots`.
    pub fn record_fold(
        &self,
        recorder: &mut Recorder<'_>,
        fold: Fold<'_>,
        (first, n_y): (usize, usize),
        slots: FoldSlots<'_>,
        (tape, challenge): (&DeviceSponge, u32),
    ) {
        let per_block = [fold.rows, fold.folded.unwrap_or(fold.rows)];
        let per_block = per_block.map(Columns::columns_per_block);
        for run in column_runs(fold.rows.width(), per_block, usize::MAX) {
            if fold.folded.is_none() && run.start >= slots.n_slots {
                break;
            }
            let (rows, rows_column) = fold.rows.locate(run.start);
            let (folded, folded_column) = match fold.folded {
                Some(columns) => columns.locate(run.start),
                None => (&self.nothing, 0),
            };
            let params = FoldParams {
                rows_height: fold.rows.height() as u32,
                rows_column: rows_column as u32,
                folded_column: folded_column as u32,
                column_start: run.start as u32,
                n_columns: run.len as u32,
                n_slots: slots.n_slots as u32,
                first: first as u32,
                n_y: n_y as u32,
                stride: slots.stride as u32,
                n_points: slots.n_points as u32,
                is_folding: u32::from(fold.folded.is_some()),
                is_pairing: u32::from(fold.is_pairing),
                challenge,
            };
            let bindings = [
                rows.binding(),
                folded.binding(),
                slots.buffer.binding(),
                tape.tape().binding(),
            ];
            let grid = flat_grid((run.len * n_y) as u64, WORKGROUP_SIZE);
            recorder.dispatch(&self.fold, &bindings, &params.words(), grid);
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
