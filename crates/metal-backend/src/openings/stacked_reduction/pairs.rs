//! The pairs of the product sumcheck, and the rounds that fold them.

use std::{mem, ops::Range};

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    input::StackedReductionInput, levels::SliceLevel, places::in_vectors,
    plan::StackedReductionPlan, slice_values::SliceValues,
};
use crate::{
    gpu::{word, Buffer, Element, Gpu, GpuError, Recorder},
    kernels::stacked_reduction::{
        ExtendBindings, ExtendParams, ProductRoundSumsBindings, ProductRoundSumsParams,
        ProductRoundsBindings, ProductRoundsParams, SumcheckMode, MAX_ROUND_SUMS,
    },
};

/// The most pairs that one workgroup folds by itself; with more, a dispatch more a round is faster.
const MAX_PAIRS_OF_WORKGROUP: usize = 1 << 12;

/// The pairs of the sumcheck, which every fold moves to the other buffer.
pub struct SumcheckPairs {
    current: Buffer<EF>,
    other: Buffer<EF>,
    n_pairs: usize,
    sums: Buffer<EF>,
}

impl SumcheckPairs {
    /// Room for the pairs of all groups, and for those after each level.
    pub fn new(
        gpu: &Gpu,
        plan: &StackedReductionPlan,
        levels: &[SliceLevel],
    ) -> Result<Self, GpuError> {
        let n_pairs = plan.n_rows() >> plan.log_skip;
        let max_pairs = levels
            .iter()
            .map(|level| level.n_pairs)
            .fold(n_pairs, usize::max);
        Ok(Self {
            current: gpu.alloc(2 * max_pairs, "sumcheck pairs")?,
            other: gpu.alloc(2 * max_pairs, "sumcheck pairs")?,
            n_pairs,
            sums: gpu.alloc(2 * MAX_ROUND_SUMS as usize, "sumcheck sums")?,
        })
    }

    /// Where the pairs are now.
    pub fn current(&self) -> &Buffer<EF> {
        &self.current
    }

    fn fold(&mut self) {
        mem::swap(&mut self.current, &mut self.other);
        self.n_pairs /= 2;
    }

    /// Records the rounds after `rounds.start` up to `rounds.end`, after which it observes the first
    /// `n_openings` values.
    pub fn record_rounds(
        &mut self,
        recorder: &mut Recorder<'_>,
        input: &StackedReductionInput<'_>,
        rounds: Range<usize>,
        n_openings: usize,
    ) {
        let Range {
            start: mut done,
            end,
        } = rounds;
        // Whether the pairs are still to be folded at the last challenge.
        let mut is_pending = false;
        let evaluate = |is_pending| match is_pending {
            true => SumcheckMode::FoldAndEvaluate,
            false => SumcheckMode::Evaluate,
        };
        while done < end && self.n_pairs > MAX_PAIRS_OF_WORKGROUP {
            let n_sums = self.record_round_sums(recorder, input, evaluate(is_pending), done);
            let params = ProductRoundsParams {
                n_rounds: 1,
                n_sums,
                ..self.rounds_params(input, done, SumcheckMode::TakeSums)
            };
            self.record_rounds_kernel(recorder, input, params);
            done += 1;
            is_pending = true;
        }
        let is_long = self.n_pairs > MAX_PAIRS_OF_WORKGROUP;
        if is_pending && is_long {
            self.record_round_sums(recorder, input, SumcheckMode::Fold, done);
            is_pending = false;
        }
        let n_folds = (end - done) + usize::from(is_pending);
        if n_folds == 0 && n_openings == 0 {
            return;
        }
        let params = ProductRoundsParams {
            n_rounds: word(end - done),
            is_folded_last: u32::from(n_folds > 0),
            n_openings: word(n_openings),
            ..self.rounds_params(input, done, evaluate(is_pending))
        };
        self.record_rounds_kernel(recorder, input, params);
        (0..n_folds).for_each(|_| self.fold());
    }

    /// Records a pass by many workgroups; returns how many sums they leave.
    fn record_round_sums(
        &mut self,
        recorder: &mut Recorder<'_>,
        input: &StackedReductionInput<'_>,
        mode: SumcheckMode,
        done: usize,
    ) -> u32 {
        let bindings = ProductRoundSumsBindings {
            tape: input.sponge.tape(),
            pairs: &self.current,
            folded: &self.other,
            sums: &self.sums,
        };
        let params = ProductRoundSumsParams {
            mode: mode as u32,
            n_pairs: word(self.n_pairs),
            u_place: in_vectors(input.places.challenge(done)),
        };
        input.kernels.round_sums.record(recorder, bindings, params);
        if mode != SumcheckMode::Evaluate {
            self.fold();
        }
        params.n_workgroups()
    }

    fn rounds_params(
        &self,
        input: &StackedReductionInput<'_>,
        done: usize,
        first_mode: SumcheckMode,
    ) -> ProductRoundsParams {
        ProductRoundsParams {
            n_pairs: word(self.n_pairs),
            first_mode: first_mode as u32,
            place: input.places.challenge(done) + EF::WORDS as u32,
            openings_place: input.places.openings.start,
            ..ProductRoundsParams::default()
        }
    }

    fn record_rounds_kernel(
        &self,
        recorder: &mut Recorder<'_>,
        input: &StackedReductionInput<'_>,
        params: ProductRoundsParams,
    ) {
        let bindings = ProductRoundsBindings {
            sponge: input.sponge.sponge(),
            tape: input.sponge.tape(),
            pairs_a: &self.current,
            pairs_b: &self.other,
            sums: &self.sums,
        };
        input.kernels.rounds.record(recorder, bindings, params);
    }

    /// Records how the groups of a level give way to their slices, of these values and with these
    /// powers of lambda.
    pub fn record_extend(
        &mut self,
        recorder: &mut Recorder<'_>,
        input: &StackedReductionInput<'_>,
        level: &SliceLevel,
        powers: &Buffer<EF>,
        values: &SliceValues,
    ) -> Result<(), GpuError> {
        let bindings = ExtendBindings {
            pieces: &recorder.gpu().upload(&level.pieces, "pieces of pairs")?,
            powers,
            slice_sums: &values.chunks,
            pairs: &self.current,
            extended: &self.other,
        };
        let params = ExtendParams {
            n_pairs: word(level.n_pairs),
            n_pieces: word(level.pieces.len()),
            n_chunks: word(values.n_chunks),
        };
        input.kernels.extend.record(recorder, bindings, params);
        mem::swap(&mut self.current, &mut self.other);
        self.n_pairs = level.n_pairs;
        Ok(())
    }
}
