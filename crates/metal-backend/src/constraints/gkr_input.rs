//! The input layer of the LogUp GKR circuit: one fraction for each interaction and row.
//!
//! Upstream's specification is the first part of `prove_zerocheck_and_logup` in
//! `prover/logup_zerocheck/mod.rs`.

use std::ops::Range;

use openvm_stark_backend::p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    air_plan::InteractionPlan,
    compile::kernel::Form,
    kernels::Kernels,
    logup_gkr::Fractions,
    scratch::{band_len, Footprint},
    statement::{Statement, Trace},
};
use crate::{
    gpu::{Buffer, Element, Gpu, GpuError, Recorder},
    kernels::{
        gkr::FractionBlock,
        rap::{
            expressions::Slots,
            inputs::InputParams,
            sums::{FractionBuffers, FractionParams, PadParams},
        },
        sponge::to_word,
    },
};

/// Records the input layer of `statement` for the challenges `alpha` and `beta`.
///
/// It has `2^(l_skip + n_logup)` fractions. The interactions of a trace follow each other in the
/// statement's layout, each with one fraction for every row of the lifted trace; the rest is
/// `0 / alpha`. Numerators are times the inverse of how often the lift repeats a row, and
/// denominators have alpha.
///
/// The statement must have interactions.
pub fn record(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    statement: &Statement<'_>,
    [alpha, beta]: [EF; 2],
) -> Result<Fractions, GpuError> {
    let gpu = recorder.gpu();
    let layer = Fractions::alloc(gpu, statement.layer_len().ilog2())?;
    record_padding(recorder, kernels, statement, &layer, alpha);
    let with_interactions = || {
        let plans = statement.traces.iter().enumerate();
        plans.filter_map(|(i, t)| t.air.interactions.as_ref().map(|plan| (i, t, plan)))
    };
    let mut room = Footprint::default();
    for (_, trace, plan) in with_interactions() {
        room = room.max(footprint(plan, band(gpu, statement, trace, plan)));
    }
    let scratch = Scratch {
        slots: room.alloc_slots(gpu)?,
        numerators: room.alloc_totals(gpu)?,
        denominators: room.alloc_totals(gpu)?,
    };
    for (i, trace, plan) in with_interactions() {
        let weights = Weights::new(gpu, trace, plan, statement.l_skip, [alpha, beta])?;
        let starts = statement.interaction_starts(i);
        let start_words: Vec<_> = starts.iter().map(|&start| start as u32).collect();
        let start_words = gpu.upload(&start_words, "places of interactions")?;
        let n_rows = lifted_height(statement, trace);
        let band = band(gpu, statement, trace, plan);
        for first in (0..n_rows).step_by(band) {
            let n_rows = band.min(n_rows - first);
            let rows = (first, n_rows);
            let slots = evaluate(recorder, kernels, trace, plan, &scratch, rows, &weights);
            let totals = FractionBuffers {
                numerators: &scratch.numerators,
                denominators: &scratch.denominators,
            };
            for (block, interactions) in by_block(&starts, first, layer.block_len()) {
                let params = FractionParams {
                    first_interaction: interactions.start as u32,
                    n_interactions: interactions.len() as u32,
                    n_rows: n_rows as u32,
                    stride: (slots.n_lanes * Form::Base.rows_per_lane()) as u32,
                    first: first as u32,
                    block_start: (block * layer.block_len()) as u32,
                };
                let block = buffers(layer.block(block));
                let sums = &kernels.sums;
                sums.record_fractions(recorder, totals, &start_words, block, params);
            }
        }
    }
    Ok(layer)
}

fn buffers(block: FractionBlock<'_>) -> FractionBuffers<'_> {
    FractionBuffers {
        numerators: block.p,
        denominators: block.q,
    }
}

/// The blocks of the layer that the rows from `first` on lie in, each with its interactions, of those
/// that begin at `starts`.
///
/// Interactions begin at multiples of their trace's height. A band of rows is a power of two and not
/// longer than a block, so that each interaction's is in one block.
fn by_block(starts: &[usize], first: usize, block_len: usize) -> Vec<(usize, Range<usize>)> {
    let block = |start: &usize| (start + first) / block_len;
    let mut end = 0;
    let runs = starts.chunk_by(|a, b| block(a) == block(b)).map(|run| {
        let begin = end;
        end += run.len();
        (block(&run[0]), begin..end)
    });
    runs.collect()
}

/// The room for one band.
struct Scratch {
    slots: Buffer<EF>,
    numerators: Buffer<EF>,
    denominators: Buffer<EF>,
}

/// The weights of both folds, each with the one that its slices start from at the end.
struct Weights {
    numerators: Buffer<EF>,
    denominators: Buffer<EF>,
}

impl Weights {
    fn new(
        gpu: &Gpu,
        trace: &Trace<'_>,
        plan: &InteractionPlan,
        l_skip: usize,
        [alpha, beta]: [EF; 2],
    ) -> Result<Self, GpuError> {
        let norm_factor = EF::from(trace.norm_factor(l_skip));
        let numerators = std::iter::repeat_n(norm_factor, plan.numerators.count());
        let powers = &plan.plan.plan.message_weights;
        let longest = powers.iter().map(|weight| weight.power).max().unwrap_or(0);
        let beta_powers: Vec<_> = beta.powers().take(longest as usize + 1).collect();
        let denominators = powers
            .iter()
            .map(|weight| beta_powers[weight.power as usize]);
        let upload = |weights: Vec<EF>| gpu.upload(&weights, "weights");
        Ok(Self {
            numerators: upload(numerators.chain([EF::ZERO]).collect())?,
            denominators: upload(denominators.chain([alpha]).collect())?,
        })
    }
}

/// Fills the slots with rows of the trace and folds each interaction.
fn evaluate<'s>(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    trace: &Trace<'_>,
    InteractionPlan {
        plan,
        numerators,
        denominators,
    }: &InteractionPlan,
    scratch: &'s Scratch,
    (first, n_rows): (usize, usize),
    weights: &Weights,
) -> Slots<'s> {
    let n_lanes = n_rows.div_ceil(Form::Base.rows_per_lane());
    let slots = Slots {
        buffer: &scratch.slots,
        stride: n_lanes,
        n_lanes,
    };
    let n_words = (n_lanes * EF::WORDS) as u32;
    let params = InputParams {
        first: first as u32,
        count: n_words,
        stride: n_words,
        ..InputParams::default()
    };
    trace.record_sources(
        recorder,
        &plan.sources,
        params,
        |recorder, source, params| {
            kernels
                .inputs
                .record_rows(recorder, source, slots.buffer, params);
        },
    );
    let base = &kernels.base;
    for slices in &plan.sliced(n_lanes).column_passes {
        base.record_columns(recorder, &plan.table, slices, slots);
    }
    let folds = [
        (numerators, &weights.numerators, &scratch.numerators),
        (denominators, &weights.denominators, &scratch.denominators),
    ];
    for (slices, weights, totals) in folds {
        let weights = (weights, weights.len() - 1);
        kernels
            .folds
            .record(recorder, &plan.table, slices, slots, weights, totals);
    }
    slots
}

fn lifted_height(statement: &Statement<'_>, trace: &Trace<'_>) -> usize {
    1 << trace.log_height.max(statement.l_skip)
}

/// Rows that are evaluated together.
fn band(gpu: &Gpu, statement: &Statement<'_>, trace: &Trace<'_>, plan: &InteractionPlan) -> usize {
    band_len(gpu, lifted_height(statement, trace), |n_rows| {
        footprint(plan, n_rows)
    })
}

fn footprint(plan: &InteractionPlan, n_rows: usize) -> Footprint {
    let n_lanes = n_rows.div_ceil(Form::Base.rows_per_lane());
    Footprint {
        n_lanes,
        slots: plan.plan.slots_len(n_lanes),
        totals: plan.numerators.count() * n_lanes * Form::Base.rows_per_lane(),
    }
}

/// Fills the places that no interaction has.
fn record_padding(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    statement: &Statement<'_>,
    layer: &Fractions,
    alpha: EF,
) {
    let coefficients: &[F] = alpha.as_basis_coefficients_slice();
    let word = |i: usize| to_word(coefficients[i]);
    let block_len = layer.block_len();
    for block in statement.n_fractions / block_len..layer.n_blocks() {
        let start = statement.n_fractions.saturating_sub(block * block_len);
        let params = PadParams {
            start: start as u32,
            len: (block_len - start) as u32,
            alpha_0: word(0),
            alpha_1: word(1),
            alpha_2: word(2),
            alpha_3: word(3),
        };
        let block = buffers(layer.block(block));
        kernels.sums.record_padding(recorder, block, params);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_is_cut_where_its_interactions_enter_another_block() {
        let starts = [0, 8, 16, 24, 32];
        assert_eq!(by_block(&starts, 0, 64), [(0, 0..5)]);
        assert_eq!(by_block(&starts, 4, 16), [(0, 0..2), (1, 2..4), (2, 4..5)]);
        let alone = (0..5).map(|i| (2 * i + 1, i..i + 1));
        assert_eq!(by_block(&starts, 4, 4), alone.collect::<Vec<_>>());
    }
}
