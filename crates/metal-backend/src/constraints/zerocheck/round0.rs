//! Round 0 of the batch sumcheck, over the skip domain: the values that the device computes.
//!
//! Upstream's specification is `sumcheck_uni_round0_polys` in `prover/logup_zerocheck/cpu.rs`; its
//! verifier checks the round in `verifier/batch_constraints.rs`. With the skip domain `D`, the
//! device evaluates the weighted sums of every trace on the cosets `g D`, `g^2 D`, ..., as many as
//! the degree asks for, and adds them up over the hypercube. What is left is small, see
//! [`super::round0_polynomials`].

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    batch_weights::BatchWeights,
    coset_factors::coset_factors,
    round_sums::{RoundBand, RoundPlan, RoundShape},
    sum_kind::SumKind,
};
use crate::{
    constraints::{
        evaluation::{Batch, RowShape},
        kernels::ConstraintKernels,
        statement::{InputBuffers, Statement, Trace},
    },
    gpu::{word, Buffer, Element, GpuError, Recorder},
    kernels::{
        jobs::{JobGroups, JobRange, JobTable},
        rap::{
            expressions::Form,
            inputs::{CosetInputsBindings, CosetJob},
        },
    },
};

/// Cosets on which a sum of `trace` is evaluated: for the constraints one less than the degree,
/// as they vanish on `D`.
pub fn n_cosets(trace: &Trace<'_>, kind: SumKind) -> usize {
    match kind {
        SumKind::Constraints if trace.air.n_constraints() > 0 => trace.degree.saturating_sub(1),
        SumKind::Numerators | SumKind::Denominators if trace.air.n_interactions() > 0 => {
            trace.degree
        }
        _ => 0,
    }
}

/// Place of a sum's first value: coset `c` and point `w^z` of `D` are at `2^l_skip c + z` from
/// there.
pub fn place(statement: &Statement<'_>, trace: usize, kind: SumKind) -> usize {
    (3 * trace + kind as usize) * (statement.degree << statement.l_skip)
}

/// Records the values of all traces, at their [`place`]s.
pub fn record(
    recorder: &mut Recorder<'_>,
    kernels: &ConstraintKernels,
    statement: &Statement<'_>,
    weights: &BatchWeights,
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let n_values = place(statement, statement.traces.len(), SumKind::Constraints);
    let values = gpu.alloc(n_values, "round 0")?;
    let factors = coset_factors(statement.l_skip, statement.degree);
    let factors = gpu.upload(&factors, "cosets")?;
    let mut plan = RoundPlan::new(gpu, statement, weights);
    let round = plan.round(|trace| {
        let shape = shape(statement, trace);
        (shape.rows.n_points > 0).then_some(shape)
    });
    let mut jobs = JobTable::default();
    let fills: Vec<_> = round
        .bands()
        .map(|(batch, band)| plan_fill(statement, batch, band, &mut jobs))
        .collect();
    let buffers = plan.upload()?;
    let jobs = jobs.upload(gpu)?;

    for ((batch, band), fills) in round.bands().zip(fills) {
        for (InputBuffers { source, entries }, range) in &fills {
            let bindings = CosetInputsBindings {
                source,
                entries,
                slots: buffers.slots(),
                factors: &factors,
                jobs: &jobs,
            };
            kernels.coset_inputs.record(recorder, bindings, *range);
        }
        buffers.record_band(recorder, &kernels.base, weights, batch, band);
        buffers.record_sums(recorder, &kernels.reduce_sums, &values, band);
        // The device works on a band while the next ones are recorded.
        if band.first_row == 0 && batch.bands().count() > 1 {
            recorder.flush()?;
        }
    }
    Ok(values)
}

/// The points of all cosets, and the chunks of `2^l_skip` rows as the rows of each.
fn shape(statement: &Statement<'_>, index: usize) -> RoundShape {
    let trace = &statement.traces[index];
    let n_points = SumKind::ALL.map(|kind| n_cosets(trace, kind) << statement.l_skip);
    let n_rows = 1 << trace.n_lift;
    RoundShape {
        rows: RowShape {
            n_rows,
            max_band_len: n_rows,
            form: Form::Base,
            n_points: n_points.into_iter().max().unwrap_or(0),
        },
        n_constraint_points: n_points[SumKind::Constraints as usize],
        targets: SumKind::ALL.map(|kind| place(statement, index, kind)),
    }
}

/// The dispatches that fill the slots of a band with inputs, on all cosets: one for each block.
fn plan_fill(
    statement: &Statement<'_>,
    batch: &Batch<'_>,
    band: &RoundBand,
    table: &mut JobTable<CosetJob>,
) -> Vec<(InputBuffers, JobRange)> {
    let mut by_buffers = JobGroups::default();
    for member in &batch.members {
        let trace = &statement.traces[member.trace];
        let point_words = member.n_lanes() * EF::WORDS / member.shape.n_points;
        for block in trace.input_blocks(&member.plan.inputs) {
            let job = CosetJob {
                source_start: word(block.start),
                column_start: word(block.column_start),
                height: 1 << trace.log_height,
                first_entry: word(block.entries.start),
                n_entries: word(block.entries.len()),
                first: word(band.first_row),
                count: word(point_words),
                first_word: word(member.slots_start * EF::WORDS),
                stride: word(member.n_lanes() * EF::WORDS),
                n_cosets: word(member.shape.n_points >> statement.l_skip),
                l_skip: word(statement.l_skip),
            };
            by_buffers.push(block.buffers, job);
        }
    }
    by_buffers.plan(table)
}
