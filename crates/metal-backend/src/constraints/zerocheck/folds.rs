//! The folds of the multilinear rounds: from the rows of the last round to the slots of the next.
//!
//! The first two rounds read the traces, those after them the rows that the round before has kept.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{kept_rows::KeptRows, places::RoundPlaces, round_sums::Round};
use crate::{
    constraints::{
        evaluation::Member,
        kernels::ConstraintKernels,
        statement::{InputBuffers, Statement},
    },
    gpu::{word, Buffer, Gpu, GpuError, JobRow, Recorder},
    kernels::{
        jobs::{JobGroups, JobRange, JobTable},
        rap::{ColumnFoldBindings, ColumnFoldJob, TraceFoldBindings, TraceFoldJob},
    },
    transcript::DeviceSponge,
};

/// The folds of all rounds, while they are planned.
pub(super) struct FoldPlan<'a> {
    statement: &'a Statement<'a>,
    places: &'a RoundPlaces,
    kept: KeptRows,
    of_traces: JobTable<TraceFoldJob>,
    of_rows: JobTable<ColumnFoldJob>,
}

/// What the folds of all rounds are made with.
pub(super) struct Folds {
    of_traces: Buffer<JobRow<TraceFoldJob>>,
    of_rows: Buffer<JobRow<ColumnFoldJob>>,
    /// The rows that the folds of even rounds keep, and those of odd ones.
    kept: [Vec<Buffer<EF>>; 2],
    /// Where none are kept.
    nothing: Buffer<EF>,
}

/// What folds write, and what they read beside rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoldBuffers<'a> {
    /// The slots.
    pub slots: &'a Buffer<EF>,
    /// What the challenge is read from.
    pub sponge: &'a DeviceSponge,
    /// The Lagrange polynomials of the skip domain at `r_0`.
    pub lagrange: &'a Buffer<EF>,
}

/// The folds that fill the slots of a band.
pub(super) struct BandFolds {
    /// Of traces, by what is read and the block that rows are kept in.
    of_traces: Vec<((InputBuffers, usize), JobRange)>,
    /// Of rows that the last round kept, by their block.
    of_rows: Vec<(usize, JobRange)>,
}

impl Folds {
    /// Records those of a band of `round`, which fill `slots`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        kernels: &ConstraintKernels,
        round: usize,
        band: &BandFolds,
        buffers: FoldBuffers<'_>,
    ) {
        let [kept, rows] = [round, round + 1].map(|round| &self.kept[round % 2]);
        let kept = |block: usize| kept.get(block).unwrap_or(&self.nothing);
        let FoldBuffers {
            slots,
            sponge,
            lagrange,
        } = buffers;
        for ((InputBuffers { source, entries }, block), range) in &band.of_traces {
            let bindings = TraceFoldBindings {
                source,
                entries,
                lagrange,
                folded: kept(*block),
                slots,
                tape: sponge.tape(),
                jobs: &self.of_traces,
            };
            kernels.trace_fold.record(recorder, bindings, *range);
        }
        for &(block, range) in &band.of_rows {
            let bindings = ColumnFoldBindings {
                rows: &rows[block],
                folded: kept(block),
                slots,
                tape: sponge.tape(),
                jobs: &self.of_rows,
            };
            kernels.column_fold.record(recorder, bindings, range);
        }
    }
}

impl<'a> FoldPlan<'a> {
    /// No rounds.
    pub fn new(
        gpu: &Gpu,
        statement: &'a Statement<'a>,
        places: &'a RoundPlaces,
    ) -> Result<Self, GpuError> {
        Ok(Self {
            statement,
            places,
            kept: KeptRows::new(gpu, statement)?,
            of_traces: JobTable::default(),
            of_rows: JobTable::default(),
        })
    }

    /// Makes room for all rounds.
    pub fn upload(&self, gpu: &Gpu) -> Result<Folds, GpuError> {
        Ok(Folds {
            of_traces: self.of_traces.upload(gpu)?,
            of_rows: self.of_rows.upload(gpu)?,
            kept: self.kept.alloc(gpu, self.statement.n_max)?,
            nothing: gpu.alloc(1, "no rows")?,
        })
    }

    /// The folds before each band of a round is evaluated.
    pub fn round(&mut self, number: usize, round: &Round<'_>) -> Vec<BandFolds> {
        let bands = round.bands();
        bands
            .map(|(batch, band)| self.band(number, &batch.members, band.first_row))
            .collect()
    }

    fn band(&mut self, round: usize, members: &[Member<'_>], first_row: usize) -> BandFolds {
        let (mut of_traces, mut of_rows) = (JobGroups::default(), JobGroups::default());
        for member in members {
            match round {
                1 | 2 => self.fold_trace(&mut of_traces, round, member, first_row),
                _ => self.fold_rows(&mut of_rows, round, member, first_row),
            }
        }
        BandFolds {
            of_traces: of_traces.plan(&mut self.of_traces),
            of_rows: of_rows.plan(&mut self.of_rows),
        }
    }

    fn fold_trace(
        &self,
        jobs: &mut JobGroups<(InputBuffers, usize), TraceFoldJob>,
        round: usize,
        member: &Member<'_>,
        first_row: usize,
    ) {
        let trace = &self.statement.traces[member.trace];
        // Slots whose rows are kept, the block and the place of the first row.
        let kept: Vec<_> = match (2..=trace.n_lift).contains(&round) {
            true => {
                let runs = self.kept.runs(member.trace).iter();
                runs.map(|run| (run.columns.clone(), run.block, run.start(round)))
                    .collect()
            }
            false => vec![(0..0, 0, 0)],
        };
        for block in trace.input_blocks(&member.plan.inputs) {
            for (slots, kept_block, kept_start) in &kept {
                let job = TraceFoldJob {
                    source_start: word(block.start),
                    column_start: word(block.column_start),
                    height: 1 << trace.log_height,
                    first_entry: word(block.entries.start),
                    n_columns: word(block.entries.len()),
                    kept_first: word(slots.start),
                    kept_end: word(slots.end),
                    kept_start: word(*kept_start),
                    kept_height: 2 * word(member.shape.n_rows),
                    slots_start: word(member.slots_start),
                    stride: word(member.n_lanes()),
                    first: word(first_row),
                    n_y: word(member.band_len),
                    n_points: word(member.shape.n_points),
                    is_folding: (round > 1).into(),
                    is_pairing: (trace.n_lift >= round).into(),
                    challenge: self.places.last_challenge(round),
                };
                jobs.push((block.buffers.clone(), *kept_block), job);
            }
        }
    }

    fn fold_rows(
        &self,
        jobs: &mut JobGroups<usize, ColumnFoldJob>,
        round: usize,
        member: &Member<'_>,
        first_row: usize,
    ) {
        let is_pairing = self.statement.traces[member.trace].n_lift >= round;
        for run in self.kept.runs(member.trace) {
            let n_lanes = member.n_lanes();
            let job = ColumnFoldJob {
                rows_start: word(run.start(round - 1)),
                rows_height: (2 * word(member.shape.n_rows)) << u32::from(is_pairing),
                kept_start: word(run.start(round)),
                slots_start: word(member.slots_start + run.columns.start * n_lanes),
                stride: word(n_lanes),
                n_columns: word(run.columns.len()),
                first: word(first_row),
                n_y: word(member.band_len),
                n_points: word(member.shape.n_points),
                is_pairing: is_pairing.into(),
                challenge: self.places.last_challenge(round),
            };
            jobs.push(run.block, job);
        }
    }
}
