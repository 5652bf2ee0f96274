//! Round 0 of the batch sumcheck, over the skip domain: the values that the device computes.
//!
//! Upstream's specification is `sumcheck_uni_round0_polys` in `prover/logup_zerocheck/cpu.rs`; its
//! verifier checks the round in `verifier/batch_constraints.rs`. With the skip domain `D`, the
//! device evaluates the weighted sums of every trace on the cosets `g D`, `g^2 D`, ..., as many as
//! the degree asks for, and adds them up over the hypercube. What is left is small, see
//! [`super::round0_polynomials`].

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    air_plan::Footprint,
    compile::kernel::Form,
    kernels::Kernels,
    scratch::{band_len, Scratch},
    statement::{Statement, Trace},
    weights::BatchWeights,
};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Recorder},
    kernels::rap::{expressions::Slots, inputs::InputParams, sums::ReduceParams},
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
    let values = gpu.alloc(
        place(statement, statement.traces.len(), Section::Numerators),
        "round 0",
    )?;
    let coset_kernel = gpu.upload(&coset_kernel(statement.l_skip, statement.degree), "cosets")?;
    let mut room = Footprint::default();
    for trace in &statement.traces {
        room = room.max(footprint(
            trace,
            statement.l_skip,
            band(gpu, statement, trace),
        ));
    }
    let scratch = Scratch::new(gpu, room, false)?;
    for (i, trace) in statement.traces.iter().enumerate() {
        let band = band(gpu, statement, trace);
        if max_cosets(trace) == 0 {
            continue;
        }
        for first in (0..1 << trace.n_lift).step_by(band) {
            let slots = record_slots(
                recorder,
                kernels,
                trace,
                &scratch,
                &coset_kernel,
                statement.l_skip,
                (first, band),
            );
            for section in Section::ALL {
                let out = (&values, place(statement, i, section));
                record_section(
                    recorder,
                    kernels,
                    (trace, section),
                    slots,
                    &scratch,
                    weights,
                    i,
                    (statement.l_skip, first, band),
                    out,
                );
            }
        }
    }
    Ok(values)
}

/// The inputs and virtual columns of a band of chunks, on all cosets.
fn record_slots<'s>(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    trace: &Trace<'_>,
    scratch: &'s Scratch,
    coset_kernel: &Buffer<F>,
    l_skip: usize,
    (first, n_x): (usize, usize),
) -> Slots<'s> {
    let plan = &trace.air.all;
    let n_cosets = max_cosets(trace);
    let n_lanes = ((n_cosets * n_x) << l_skip).div_ceil(Form::Base.rows_per_lane());
    let slots = Slots {
        buffer: &scratch.slots,
        stride: n_lanes,
        n_lanes,
    };
    let params = InputParams {
        first: first as u32,
        count: n_lanes as u32,
        stride: n_lanes as u32,
        n_x: n_x as u32,
        n_cosets: n_cosets as u32,
        ..InputParams::default()
    };
    trace.record_sources(
        recorder,
        &plan.sources,
        params,
        |recorder, source, params| {
            kernels
                .inputs
                .record_cosets(recorder, source, coset_kernel, slots.buffer, params);
        },
    );
    for slices in &plan.sliced(n_lanes).column_passes {
        kernels
            .base
            .record_columns(recorder, &plan.table, slices, slots);
    }
    slots
}

/// Folds a section and sums it over the band.
#[allow(
    clippy::too_many_arguments,
    reason = "one call, and each is a thing of its own"
)]
fn record_section(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    (trace, section): (&Trace<'_>, Section),
    slots: Slots<'_>,
    scratch: &Scratch,
    weights: &BatchWeights,
    index: usize,
    (l_skip, first, n_x): (usize, usize, usize),
    (values, out_start): (&Buffer<EF>, usize),
) {
    let n_cosets = n_cosets(trace, section);
    if n_cosets == 0 {
        return;
    }
    let (plan, of_trace) = (&trace.air.all, &weights.traces[index]);
    let sliced = plan.sliced(slots.n_lanes);
    let (slices, weights_of_section) = match section {
        Section::Numerators => (&sliced.numerators, &of_trace.numerators),
        Section::Denominators => (&sliced.denominators, &of_trace.denominators),
        Section::Constraints => (&sliced.constraints, &of_trace.constraints),
    };
    let rows_per_lane = Form::Base.rows_per_lane();
    let slots = Slots {
        n_lanes: ((n_cosets * n_x) << l_skip).div_ceil(rows_per_lane),
        ..slots
    };
    let zero = weights_of_section.len() - 1;
    let weights_of_section = (weights_of_section, zero);
    let totals = &scratch.totals;
    kernels.base.record_fold(
        recorder,
        &plan.table,
        slices,
        slots,
        weights_of_section,
        totals,
    );
    let params = ReduceParams {
        n_x: n_x as u32,
        n_slices: slices.count() as u32,
        stride: (slots.n_lanes * rows_per_lane) as u32,
        log_skip: l_skip as u32,
        eq_start: ((1 << trace.n_lift) + first) as u32,
        out_start: out_start as u32,
        is_first: u32::from(first == 0),
    };
    let eq = weights.eq_tree(trace);
    kernels
        .sums
        .record_reduce(recorder, totals, eq, values, n_cosets << l_skip, params);
}

fn max_cosets(trace: &Trace<'_>) -> usize {
    Section::ALL
        .map(|section| n_cosets(trace, section))
        .into_iter()
        .max()
        .unwrap_or(0)
}

/// Chunks of `2^l_skip` rows that are evaluated together.
fn band(gpu: &Gpu, statement: &Statement<'_>, trace: &Trace<'_>) -> usize {
    band_len(gpu, 1 << trace.n_lift, |n_x| {
        footprint(trace, statement.l_skip, n_x)
    })
}

fn footprint(trace: &Trace<'_>, l_skip: usize, n_x: usize) -> Footprint {
    trace
        .air
        .all
        .footprint(Form::Base, (max_cosets(trace) * n_x) << l_skip)
}

/// For each coset, the values of the Lagrange polynomial of 1 on `D`, as `cosets.wgsl` wants them:
/// `L_0(p) = (p^N - 1) / (N (p - 1))`.
fn coset_kernel(l_skip: usize, n_cosets: usize) -> Vec<F> {
    let n = 1 << l_skip;
    let omega = F::two_adic_generator(l_skip);
    let n_inverse = F::ONE.halve().exp_u64(l_skip as u64);
    let value = |p: F| (p.exp_power_of_2(l_skip) - F::ONE) * n_inverse * (p - F::ONE).inverse();
    let cosets = F::GENERATOR.powers().skip(1).take(n_cosets);
    cosets
        .flat_map(|shift| omega.powers().take(n).map(move |w| value(shift * w)))
        .collect()
}
