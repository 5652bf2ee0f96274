//! Round 0 of the batch sumcheck, over the skip domain: the values that the device computes.
//!
//! Upstream's specification is `sumcheck_uni_round0_polys` in `prover/logup_zerocheck/cpu.rs`; its
//! verifier checks the round in `verifier/batch_constraints.rs`. With the skip domain `D`, the
//! device evaluates the weighted sums of every trace on the cosets `g D`, `g^2 D`, ..., as many as
//! the degree asks for, and adds them up over the hypercube. What is left is small, see
//! [`super::round0_polynomials`].

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    compile::kernel::Form,
    evaluation::{Band, Batch, EvaluationPlan, RoundShape},
    kernels::Kernels,
    statement::{Statement, Trace},
    weights::BatchWeights,
};
use crate::{
    gpu::{Buffer, Element, GpuError, Recorder},
    kernels::{
        jobs::{JobGroups, JobRange, JobTable},
        rap::inputs::{CosetJob, Source},
    },
};

/// The three sums of a trace, in the order of their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The interactions' numerators.
    Numerators,
    /// The interactions' denominators.
    Denominators,
    /// The constraints.
    Constraints,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Numerators, Self::Denominators, Self::Constraints];
}

/// Cosets on which a section of `trace` is evaluated: for the constraints one less than the degree,
/// as they vanish on `D`.
pub fn n_cosets(trace: &Trace<'_>, section: Section) -> usize {
    match section {
        Section::Constraints if trace.air.n_constraints() > 0 => trace.degree.saturating_sub(1),
        Section::Numerators | Section::Denominators if trace.air.n_interactions() > 0 => {
            trace.degree
        }
        _ => 0,
    }
}

/// Place of a section's first value: coset `c` and point `w^z` of `D` are at `2^l_skip c + z` from
/// there.
pub fn place(statement: &Statement<'_>, trace: usize, section: Section) -> usize {
    (3 * trace + section as usize) * (statement.degree << statement.l_skip)
}

/// Records the values of all traces, at their [`place`]s.
pub fn record(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    statement: &Statement<'_>,
    weights: &BatchWeights,
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let n_values = place(statement, statement.traces.len(), Section::Numerators);
    let values = gpu.alloc(n_values, "round 0")?;
    let factors = kernels.inputs.coset_factors(gpu, statement.degree)?;
    let mut plan = EvaluationPlan::new(gpu, statement, weights);
    let shapes = (0..statement.traces.len()).map(|trace| (trace, shape(statement, trace)));
    let round = plan.round(shapes.filter(|(_, shape)| shape.n_points > 0));
    let mut jobs = JobTable::default();
    let fills: Vec<_> = round
        .bands()
        .map(|(batch, band)| plan_fill(statement, batch, band, &mut jobs))
        .collect();
    let evaluation = plan.upload()?;
    let jobs = jobs.upload(gpu)?;

    for ((batch, band), fills) in round.bands().zip(fills) {
        for (source, range) in fills {
            let inputs = &kernels.inputs;
            inputs.record_cosets(
                recorder,
                source,
                &factors,
                &evaluation.slots,
                (&jobs, range),
            );
        }
        evaluation.record_band(recorder, &kernels.base, weights, batch, band);
        evaluation.record_sums(recorder, &kernels.sums, &values, band);
        // The device works on a band while the next ones are recorded.
        if band.first_row == 0 && batch.bands.len() > 1 {
            recorder.flush()?;
        }
    }
    Ok(values)
}

/// The points of all cosets, and the chunks of `2^l_skip` rows as the rows of each.
fn shape(statement: &Statement<'_>, index: usize) -> RoundShape {
    let trace = &statement.traces[index];
    let n_points = |section| n_cosets(trace, section) << statement.l_skip;
    let target = |section| place(statement, index, section);
    RoundShape {
        n_rows: 1 << trace.n_lift,
        rows_per_lane: Form::Base.rows_per_lane(),
        n_points: Section::ALL.map(n_points).into_iter().max().unwrap_or(0),
        n_constraint_points: n_points(Section::Constraints),
        targets: [
            target(Section::Constraints),
            target(Section::Numerators),
            target(Section::Denominators),
        ],
    }
}

/// The dispatches that fill the slots of a band with inputs, on all cosets: one for each source.
fn plan_fill<'s>(
    statement: &'s Statement<'_>,
    batch: &Batch,
    band: &Band,
    table: &mut JobTable,
) -> Vec<(Source<'s>, JobRange)> {
    let mut by_source = JobGroups::default();
    for member in &batch.members {
        let trace = &statement.traces[member.trace];
        let sources = &trace.air.all.sources;
        let point_words = member.slots.n_lanes * EF::WORDS / member.shape.n_points;
        for block in trace.source_blocks(sources) {
            let job = CosetJob {
                source_start: block.start as u32,
                column_start: block.column_start as u32,
                height: 1 << trace.log_height,
                first_entry: block.entries.start as u32,
                n_entries: block.entries.len() as u32,
                first: band.first_row as u32,
                count: point_words as u32,
                first_word: (member.slots.start * EF::WORDS) as u32,
                stride: (member.slots.n_lanes * EF::WORDS) as u32,
                n_cosets: (member.shape.n_points >> statement.l_skip) as u32,
                l_skip: statement.l_skip as u32,
            };
            by_source.push(block.source, job);
        }
    }
    by_source.plan(table)
}
