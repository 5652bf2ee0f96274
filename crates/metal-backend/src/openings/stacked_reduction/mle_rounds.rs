//! Rounds 1 to `n_stack`: a product sumcheck over pairs, and the second pass over the stacked matrices.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    levels::{levels, Level},
    round0::Round0Output,
    univariate::{has_step, Term},
    StageInput,
};
use crate::{
    gpu::{Buffer, Element, Gpu, GpuError, Recorder},
    kernels::stacked_reduction::{
        ExtendParams, Mode, RoundSumsParams, RoundsParams, SkipFoldParams, SliceSumsParams,
        WeightsParams, MAX_SUMS,
    },
    MetalError,
};

/// The most pairs that one workgroup folds by itself; with more, a dispatch more a round is faster.
const MAX_PAIRS_OF_WORKGROUP: usize = 1 << 12;
/// Rows that a workgroup sums up in the second pass, at least and where slices are not very long.
const CHUNK_ROWS: usize = 1 << 11;
/// The most parts of a slice's sum.
const MAX_CHUNKS: usize = 64;
/// As in the kernel's text.
const SLICES_PER_JOB: usize = 8;
/// Words of the tape from one challenge to the next.
const ROUND_WORDS: u32 = 3 * EF::WORDS as u32;

/// Records all rounds but round 0, and the openings.
pub fn record(
    recorder: &mut Recorder<'_>,
    input: &StageInput<'_>,
    round0: Round0Output,
) -> Result<(), MetalError> {
    let levels = levels(input.plan);
    let mut pairs = Pairs::new(recorder.gpu(), input, &levels)?;
    record_skip_fold(recorder, input, &round0, &pairs)?;
    let mut done = 0;
    for level in &levels {
        pairs.record_rounds(recorder, input, done, level.n_vars, 0);
        done = level.n_vars;
        let (slice_sums, n_chunks) = record_slice_sums(recorder, input, &round0, level)?;
        pairs.record_extend(
            recorder,
            input,
            level,
            &round0.powers,
            &slice_sums,
            n_chunks,
        )?;
    }
    let n_openings = input.plan.n_openings();
    pairs.record_rounds(recorder, input, done, input.plan.n_stack, n_openings);
    Ok(())
}

/// The pairs of the sumcheck, which every fold moves to the other buffer.
struct Pairs {
    current: Buffer<EF>,
    other: Buffer<EF>,
    n_pairs: usize,
    sums: Buffer<EF>,
}

impl Pairs {
    /// Room for the pairs of all groups, and for those after each level.
    fn new(gpu: &Gpu, input: &StageInput<'_>, levels: &[Level]) -> Result<Self, GpuError> {
        let n_pairs = input.plan.n_rows() >> input.plan.log_skip;
        let max_pairs = levels
            .iter()
            .map(|level| level.n_pairs)
            .fold(n_pairs, usize::max);
        Ok(Self {
            current: gpu.alloc(2 * max_pairs, "sumcheck pairs")?,
            other: gpu.alloc(2 * max_pairs, "sumcheck pairs")?,
            n_pairs,
            sums: gpu.alloc(2 * MAX_SUMS, "sumcheck sums")?,
        })
    }

    fn fold(&mut self) {
        std::mem::swap(&mut self.current, &mut self.other);
        self.n_pairs /= 2;
    }

    /// Records rounds `done + 1` to `end`, after which it observes the first `n_openings` values.
    fn record_rounds(
        &mut self,
        recorder: &mut Recorder<'_>,
        input: &StageInput<'_>,
        done: usize,
        end: usize,
        n_openings: usize,
    ) {
        let mut done = done;
        // Whether the pairs are still to be folded at the last challenge.
        let mut is_pending = false;
        while done < end && self.n_pairs > MAX_PAIRS_OF_WORKGROUP {
            let mode = if is_pending {
                Mode::FoldAndEvaluate
            } else {
                Mode::Evaluate
            };
            let n_sums = self.record_round_sums(recorder, input, mode, done);
            let rounds = RoundsParams {
                n_rounds: 1,
                n_sums,
                ..self.rounds_params(input, done, Mode::TakeSums)
            };
            self.record_rounds_kernel(recorder, input, rounds);
            done += 1;
            is_pending = true;
        }
        let is_long = self.n_pairs > MAX_PAIRS_OF_WORKGROUP;
        if is_pending && is_long {
            self.record_round_sums(recorder, input, Mode::Fold, done);
            is_pending = false;
        }
        let n_folds = (end - done) + usize::from(is_pending);
        if n_folds == 0 && n_openings == 0 {
            return;
        }
        let mode = if is_pending {
            Mode::FoldAndEvaluate
        } else {
            Mode::Evaluate
        };
        let rounds = RoundsParams {
            n_rounds: (end - done) as u32,
            is_folded_last: u32::from(n_folds > 0),
            n_openings: n_openings as u32,
            ..self.rounds_params(input, done, mode)
        };
        self.record_rounds_kernel(recorder, input, rounds);
        (0..n_folds).for_each(|_| self.fold());
    }

    /// Records a pass by many workgroups; returns how many sums they leave.
    fn record_round_sums(
        &mut self,
        recorder: &mut Recorder<'_>,
        input: &StageInput<'_>,
        mode: Mode,
        done: usize,
    ) -> u32 {
        let per_thread = if mode == Mode::FoldAndEvaluate { 4 } else { 2 };
        let n_workgroups = (self.n_pairs / per_thread).div_ceil(256).clamp(1, MAX_SUMS) as u32;
        let params = RoundSumsParams {
            mode: mode as u32,
            n_pairs: self.n_pairs as u32,
            u_place: challenge_place(input, done) / EF::WORDS as u32,
        };
        let buffers = [&self.current, &self.other, &self.sums];
        let tape = input.sponge.tape();
        let round_sums = &input.kernels.round_sums;
        round_sums.record(recorder, tape, buffers, n_workgroups, params);
        if mode != Mode::Evaluate {
            self.fold();
        }
        n_workgroups
    }

    fn rounds_params(&self, input: &StageInput<'_>, done: usize, mode: Mode) -> RoundsParams {
        RoundsParams {
            n_pairs: self.n_pairs as u32,
            n_rounds: 0,
            first_mode: mode as u32,
            n_sums: 0,
            is_folded_last: 0,
            place: challenge_place(input, done) + EF::WORDS as u32,
            n_openings: 0,
            openings_place: input.places.openings.start,
        }
    }

    fn record_rounds_kernel(
        &self,
        recorder: &mut Recorder<'_>,
        input: &StageInput<'_>,
        params: RoundsParams,
    ) {
        let buffers = [&self.current, &self.other, &self.sums];
        input
            .kernels
            .rounds
            .record(recorder, input.sponge, buffers, params);
    }

    /// Records how the groups of a level give way to their slices.
    fn record_extend(
        &mut self,
        recorder: &mut Recorder<'_>,
        input: &StageInput<'_>,
        level: &Level,
        powers: &Buffer<EF>,
        slice_sums: &Buffer<EF>,
        n_chunks: usize,
    ) -> Result<(), GpuError> {
        let words: Vec<u32> = level
            .pieces
            .iter()
            .flat_map(|piece| piece.words())
            .collect();
        let pieces = recorder.gpu().upload(&words, "pieces of pairs")?;
        let params = ExtendParams {
            n_pairs: level.n_pairs as u32,
            n_pieces: level.pieces.len() as u32,
            n_chunks: n_chunks as u32,
        };
        let buffers = [powers, slice_sums, &self.current, &self.other];
        input
            .kernels
            .extend
            .record(recorder, &pieces, buffers, params);
        std::mem::swap(&mut self.current, &mut self.other);
        self.n_pairs = level.n_pairs;
        Ok(())
    }
}

/// The word of the tape where the challenge of round `round` begins.
fn challenge_place(input: &StageInput<'_>, round: usize) -> u32 {
    input.places.u_0.start + round as u32 * ROUND_WORDS
}

/// Records the first pairs: the groups' combinations and kernels at `u_0`.
fn record_skip_fold(
    recorder: &mut Recorder<'_>,
    input: &StageInput<'_>,
    round0: &Round0Output,
    pairs: &Pairs,
) -> Result<(), GpuError> {
    let plan = input.plan;
    let number = |term: Term| round0.terms.iter().position(|t| *t == term);
    let groups = plan.groups.iter().flat_map(|group| {
        let step = has_step(group).then_some(Term::Step);
        [
            (group.start >> plan.log_skip) as u32,
            1 << group.n_vars,
            number(Term::of_group(plan, group)).map_or(u32::MAX, |n| n as u32),
            step.and_then(number).map_or(u32::MAX, |n| n as u32),
        ]
    });
    let groups = recorder
        .gpu()
        .upload(&groups.collect::<Vec<u32>>(), "groups")?;
    for (rows, combined) in &round0.combined {
        let params = SkipFoldParams {
            n_pairs: (rows.len() >> plan.log_skip) as u32,
            first_pair: (rows.start >> plan.log_skip) as u32,
            log_skip: plan.log_skip as u32,
            n_groups: plan.groups.len() as u32,
        };
        let buffers = [combined, &round0.eq_table, &round0.scalars, &pairs.current];
        input
            .kernels
            .skip_fold
            .record(recorder, &groups, buffers, params);
    }
    Ok(())
}

/// Records the second pass over the slices of a level; returns the parts of their values at the
/// challenges so far, and the number of parts of each.
fn record_slice_sums(
    recorder: &mut Recorder<'_>,
    input: &StageInput<'_>,
    round0: &Round0Output,
    level: &Level,
) -> Result<(Buffer<EF>, usize), GpuError> {
    let (gpu, plan) = (recorder.gpu(), input.plan);
    let len = 1 << (plan.log_skip + level.n_vars);
    // The combinations have been folded, and their first band is as long as any slice or full.
    let weights = &round0.combined[0].1;
    let band_rows = len.min(1 << weights.len().ilog2());
    let chunk_rows = CHUNK_ROWS.max(len / MAX_CHUNKS).min(band_rows);
    let n_chunks = len / chunk_rows;
    let sums = gpu.alloc(level.n_slices * n_chunks, "slice sums")?;
    let pieces = piece_jobs(level, len);
    for first_row in (0..len).step_by(band_rows) {
        let params = WeightsParams {
            n_rows: band_rows as u32,
            first_row: first_row as u32,
            log_skip: plan.log_skip as u32,
            n_vars: level.n_vars as u32,
            u_place: challenge_place(input, 1) / EF::WORDS as u32,
            u_stride: ROUND_WORDS / EF::WORDS as u32,
        };
        let tape = input.sponge.tape();
        input
            .kernels
            .weights
            .record(recorder, tape, [&round0.scalars, weights], params);
        for ((commitment, piece), jobs) in &pieces {
            let stacked = &input.commitments[*commitment].stack.stacked;
            let matrix = &stacked.pieces()[*piece].buffer;
            let params = SliceSumsParams {
                n_jobs: (jobs.len() / 4) as u32,
                first_row: first_row as u32,
                n_band_rows: band_rows as u32,
                chunk_rows: chunk_rows as u32,
                n_band_chunks: (band_rows / chunk_rows) as u32,
                first_chunk: (first_row / chunk_rows) as u32,
                n_chunks: n_chunks as u32,
                log_len: len.ilog2(),
            };
            let jobs = gpu.upload(jobs, "slices to sum up")?;
            let slice_sums = &input.kernels.slice_sums;
            slice_sums.record(recorder, matrix, &jobs, [weights, &sums], params);
        }
    }
    Ok((sums, n_chunks))
}

/// The jobs of each piece, four words a job.
fn piece_jobs(level: &Level, len: usize) -> Vec<((usize, usize), Vec<u32>)> {
    let mut pieces: Vec<((usize, usize), Vec<u32>)> = Vec::new();
    for (number, run) in &level.runs {
        let place = (run.commitment, run.piece);
        if pieces.last().is_none_or(|(last, _)| *last != place) {
            pieces.push((place, Vec::new()));
        }
        let jobs = (0..run.n_slices).step_by(SLICES_PER_JOB).flat_map(|first| {
            let n_slices = SLICES_PER_JOB.min(run.n_slices - first);
            [run.first_cell + first * len, n_slices, number + first, 0].map(|word| word as u32)
        });
        if let Some((_, words)) = pieces.last_mut() {
            words.extend(jobs);
        }
    }
    pieces
}
