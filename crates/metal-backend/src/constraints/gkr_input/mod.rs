//! The input layer of the LogUp GKR circuit: one fraction for each interaction and row.
//!
//! Upstream's specification is the first part of `prove_zerocheck_and_logup` in
//! `prover/logup_zerocheck/mod.rs`.

mod layer;
mod weights;

use std::ops::Range;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use self::{
    layer::{record_band, record_padding, Band},
    weights::Weights,
};
use super::{
    air_plan::InteractionPlan,
    compile::kernel::Form,
    kernels::Kernels,
    logup_gkr::{check_log_len, Fractions},
    scratch::{band_len, Footprint},
    statement::{Statement, Trace},
};
use crate::{
    gpu::{Buffer, Element, Gpu, GpuError, Recorder},
    kernels::{
        gkr::FractionBlock,
        rap::{expressions::FoldWeights, expressions::Slots, inputs::InputParams},
    },
    MetalError,
};

/// Records the input layer of `statement` for the challenges `alpha` and `beta`.
///
/// It has `2^(l_skip + n_logup)` fractions. The interactions of a trace follow each other in the
/// statement's layout, each with one fraction for every row of the lifted trace; the rest is
/// `0 / alpha`. Numerators are divided by how often the lift repeats a row.
///
/// The statement must have interactions.
pub fn record(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    statement: &Statement<'_>,
    [alpha, beta]: [EF; 2],
) -> Result<Fractions, MetalError> {
    let gpu = recorder.gpu();
    let log_len = statement.layer_len().ilog2();
    check_log_len(log_len)?;
    let layer = Fractions::alloc(gpu, log_len)?;
    let sums = &kernels.sums;
    record_padding(recorder, sums, &layer, statement.n_fractions, alpha);

    let all = Interactions::of_all(gpu, statement, layer.block_len());
    let scratch = Scratch::alloc(gpu, &all)?;
    let weights = Weights::upload(gpu, &all, statement.l_skip, [alpha, beta])?;
    for (i, interactions) in all.iter().enumerate() {
        let Interactions { height, band, .. } = *interactions;
        for first in (0..height).step_by(band) {
            let rows = first..first + band;
            let weights = weights.of(i);
            evaluate(recorder, kernels, interactions, rows, weights, &scratch);
            let band = Band {
                totals: scratch.totals(),
                stride: n_lanes(band) * Form::Base.rows_per_lane(),
                n_interactions: interactions.plan.numerators.count(),
                n_rows: band,
                place: interactions.start + first,
                height,
            };
            record_band(recorder, sums, &layer, band);
        }
    }
    Ok(layer)
}

/// The interactions of a trace.
struct Interactions<'a> {
    trace: &'a Trace<'a>,
    plan: &'a InteractionPlan,
    /// Place of their first fraction.
    start: usize,
    /// Fractions of each: the rows of the lifted trace.
    height: usize,
    /// Rows that are evaluated together, a power of two and no more than a block of the layer has.
    band: usize,
}

impl<'a> Interactions<'a> {
    /// Those of the traces that have any.
    fn of_all(gpu: &Gpu, statement: &'a Statement<'a>, block_len: usize) -> Vec<Self> {
        let of_trace = |(i, trace): (usize, &'a Trace<'a>)| {
            let plan = trace.air.interactions.as_ref()?;
            let height = 1 << trace.log_height.max(statement.l_skip);
            let band = band_len(gpu, height, |n_rows| footprint(plan, n_rows));
            Some(Self {
                trace,
                plan,
                start: *statement.interaction_starts(i).first()?,
                height,
                band: band.min(block_len),
            })
        };
        statement
            .traces
            .iter()
            .enumerate()
            .filter_map(of_trace)
            .collect()
    }
}

/// The room for one band.
struct Scratch {
    slots: Buffer<EF>,
    numerators: Buffer<EF>,
    denominators: Buffer<EF>,
}

impl Scratch {
    /// Room for a band of any of `all`.
    fn alloc(gpu: &Gpu, all: &[Interactions<'_>]) -> Result<Self, GpuError> {
        let room = all.iter().map(|i| footprint(i.plan, i.band));
        let room = room.fold(Footprint::default(), Footprint::max);
        Ok(Self {
            slots: room.alloc_slots(gpu)?,
            numerators: room.alloc_totals(gpu)?,
            denominators: room.alloc_totals(gpu)?,
        })
    }

    /// What both folds leave.
    fn totals(&self) -> FractionBlock<'_> {
        FractionBlock {
            p: &self.numerators,
            q: &self.denominators,
        }
    }
}

/// Fills the slots with `rows` of the trace and folds each interaction, with the weights of the
/// numerators and of the denominators.
fn evaluate(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    interactions: &Interactions<'_>,
    rows: Range<usize>,
    weights: [FoldWeights<'_>; 2],
    scratch: &Scratch,
) {
    let InteractionPlan {
        plan,
        numerators,
        denominators,
    } = interactions.plan;
    let n_lanes = n_lanes(rows.len());
    let slots = Slots {
        buffer: &scratch.slots,
        stride: n_lanes,
        n_lanes,
    };
    let n_words = (n_lanes * EF::WORDS) as u32;
    let params = InputParams {
        first: rows.start as u32,
        count: n_words,
        stride: n_words,
        ..InputParams::default()
    };
    interactions.trace.record_sources(
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
    let totals = scratch.totals();
    let folds = [(numerators, totals.p), (denominators, totals.q)];
    for ((slices, totals), weights) in folds.into_iter().zip(weights) {
        let table = &plan.table;
        kernels
            .folds
            .record(recorder, table, slices, slots, weights, totals);
    }
}

fn n_lanes(n_rows: usize) -> usize {
    n_rows.div_ceil(Form::Base.rows_per_lane())
}

fn footprint(plan: &InteractionPlan, n_rows: usize) -> Footprint {
    let n_lanes = n_lanes(n_rows);
    Footprint {
        n_lanes,
        slots: plan.plan.slots_len(n_lanes),
        totals: plan.numerators.count() * n_lanes * Form::Base.rows_per_lane(),
    }
}
