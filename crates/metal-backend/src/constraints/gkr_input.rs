//! The input layer of the LogUp GKR circuit: one fraction for each interaction and row.
//!
//! Upstream's specification is the first part of `prove_zerocheck_and_logup` in
//! `prover/logup_zerocheck/mod.rs`.

use openvm_stark_backend::p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    air_plan::InteractionPlan,
    compile::kernel::Form,
    kernels::Kernels,
    scratch::{band_len, Footprint},
    statement::{Statement, Trace},
};
use crate::{
    gpu::{Buffer, Element, Gpu, GpuError, Recorder},
    kernels::rap::{
        expressions::Slots,
        inputs::InputParams,
        sums::{FractionBuffers, FractionParams, PadParams},
    },
};

/// The input layer: fraction `i` is `numerators[i] / denominators[i]`.
///
/// Both have `2^(l_skip + n_logup)` elements. The interactions of a trace follow each other in
/// the statement's layout, each with one fraction for every row of the lifted trace; the rest is
/// `0 / alpha`.
#[derive(Debug)]
pub struct GkrInput {
    /// Numerators, times the inverse of how often the lift repeats a row.
    pub numerators: Buffer<EF>,
    /// Denominators, with alpha.
    pub denominators: Buffer<EF>,
}

impl GkrInput {
    /// Records the layer of `statement` for the challenges `alpha` and `beta`.
    ///
    /// The statement must have interactions.
    pub fn record(
        recorder: &mut Recorder<'_>,
        kernels: &Kernels,
        statement: &Statement<'_>,
        [alpha, beta]: [EF; 2],
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let len = statement.layer_len();
        let layer = Self {
            numerators: gpu.alloc(len, "LogUp numerators")?,
            denominators: gpu.alloc(len, "LogUp denominators")?,
        };
        kernels
            .sums
            .record_padding(recorder, layer.buffers(), padding(statement, alpha));
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
            let starts = statement
                .interaction_starts(i)
                .into_iter()
                .map(|start| start as u32);
            let starts = gpu.upload(&starts.collect::<Vec<_>>(), "places of interactions")?;
            let n_rows = lifted_height(statement, trace);
            let band = band(gpu, statement, trace, plan);
            for first in (0..n_rows).step_by(band) {
                let n_rows = band.min(n_rows - first);
                let slots = evaluate(
                    recorder,
                    kernels,
                    trace,
                    plan,
                    &scratch,
                    (first, n_rows),
                    &weights,
                );
                let totals = FractionBuffers {
                    numerators: &scratch.numerators,
                    denominators: &scratch.denominators,
                };
                let params = FractionParams {
                    n_interactions: plan.numerators.count() as u32,
                    n_rows: n_rows as u32,
                    stride: (slots.n_lanes * Form::Base.rows_per_lane()) as u32,
                    first: first as u32,
                };
                kernels
                    .sums
                    .record_fractions(recorder, totals, &starts, layer.buffers(), params);
            }
        }
        Ok(layer)
    }

    fn buffers(&self) -> FractionBuffers<'_> {
        FractionBuffers {
            numerators: &self.numerators,
            denominators: &self.denominators,
        }
    }
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

fn padding(statement: &Statement<'_>, alpha: EF) -> PadParams {
    let coefficients: &[F] = alpha.as_basis_coefficients_slice();
    let word = |i: usize| crate::kernels::sponge::to_word(coefficients[i]);
    PadParams {
        start: statement.n_fractions as u32,
        len: (statement.layer_len() - statement.n_fractions) as u32,
        alpha_0: word(0),
        alpha_1: word(1),
        alpha_2: word(2),
        alpha_3: word(3),
    }
}
