//! Round 0 of the batch sumcheck, over the skip domain: the values that the device computes.
//!
//! Upstream's specification is `sumcheck_uni_round0_polys` in `prover/logup_zerocheck/cpu.rs`; its
//! verifier checks the round in `verifier/batch_constraints.rs`. With the skip domain `D`, the
//! device evaluates the weighted sums of every trace on the cosets `g D`, `g^2 D`, ..., as many as
//! the degree asks for, and adds them up over the hypercube. What is left is small, see
//! [`super::round0_polynomials`].

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    compile::kernel::Form,
    kernels::Kernels,
    partial_sums::{PartialSumsPlan, SumShape},
    scratch::{band_len, Footprint},
    statement::{Statement, Trace},
    weights::BatchWeights,
};
use crate::{
    gpu::{Buffer, Element, Gpu, GpuError, Recorder},
    kernels::rap::{
        expressions::{Reduction, Slots},
        inputs::InputParams,
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
    let mut room = Footprint::default();
    let mut plan = PartialSumsPlan::default();
    let mut starts = vec![];
    for (i, trace) in statement.traces.iter().enumerate() {
        let band = Band::new(gpu, statement, trace);
        room = room.max(band.footprint(trace));
        starts.push(plan.place(&band.sum_shape(statement, i)));
    }
    let reduction = plan.end_reduction();
    let partials = plan.alloc(gpu)?;
    let slots = room.alloc_slots(gpu)?;

    for (i, trace) in statement.traces.iter().enumerate() {
        let band = Band::new(gpu, statement, trace);
        if band.n_points == 0 {
            continue;
        }
        let slots = Slots {
            buffer: &slots,
            stride: band.n_lanes(),
            n_lanes: band.n_lanes(),
        };
        for first in (0..1 << trace.n_lift).step_by(band.n_chunks) {
            record_slots(recorder, kernels, trace, slots, &factors, band, first);
            let (plan, of_trace) = (&trace.air.all, &weights.traces[i]);
            let reduction = Reduction {
                weights: &of_trace.values,
                weight_starts: of_trace.starts,
                eq: weights.eq_tree(trace),
                eq_start: (1 << trace.n_lift) + first,
                point_lanes: band.point_lanes(),
                n_rows: band.n_chunks,
                n_constraint_points: n_cosets(trace, Section::Constraints) << statement.l_skip,
                partials: &partials.partials,
                partial_start: starts[i],
                is_first: first == 0,
            };
            let outputs = &plan.sliced(slots.n_lanes).outputs;
            kernels
                .base
                .record_reduced(recorder, &plan.table, outputs, slots, reduction);
            // The device works on a band while the next ones are recorded.
            if first == 0 && band.n_chunks < 1 << trace.n_lift {
                recorder.flush()?;
            }
        }
    }
    partials.record_reduce(recorder, &kernels.sums, &values, reduction);
    Ok(values)
}

/// The inputs and virtual columns of the band from chunk `first` on, on all cosets.
fn record_slots(
    recorder: &mut Recorder<'_>,
    kernels: &Kernels,
    trace: &Trace<'_>,
    slots: Slots<'_>,
    factors: &Buffer<F>,
    band: Band,
    first: usize,
) {
    let plan = &trace.air.all;
    let params = InputParams {
        first: first as u32,
        count: (band.point_lanes() * Form::Base.rows_per_lane()) as u32,
        stride: (slots.stride * EF::WORDS) as u32,
        n_cosets: band.n_cosets as u32,
        ..InputParams::default()
    };
    trace.record_sources(
        recorder,
        &plan.sources,
        params,
        |recorder, source, params| {
            kernels
                .inputs
                .record_cosets(recorder, source, factors, slots.buffer, params);
        },
    );
    for slices in &plan.sliced(slots.n_lanes).column_passes {
        kernels
            .base
            .record_columns(recorder, &plan.table, slices, slots);
    }
}

/// Chunks of `2^l_skip` rows that are evaluated together, on all cosets. The chunks of a point are
/// its rows in the slots.
#[derive(Clone, Copy)]
struct Band {
    n_chunks: usize,
    n_cosets: usize,
    /// Points of all cosets.
    n_points: usize,
}

impl Band {
    fn new(gpu: &Gpu, statement: &Statement<'_>, trace: &Trace<'_>) -> Self {
        let n_cosets = Section::ALL.map(|section| n_cosets(trace, section));
        let n_cosets = n_cosets.into_iter().max().unwrap_or(0);
        let of_len = |n_chunks| Self {
            n_chunks,
            n_cosets,
            n_points: n_cosets << statement.l_skip,
        };
        of_len(band_len(gpu, 1 << trace.n_lift, |n_chunks| {
            of_len(n_chunks).footprint(trace)
        }))
    }

    fn point_lanes(self) -> usize {
        self.n_chunks.div_ceil(Form::Base.rows_per_lane())
    }

    fn n_lanes(self) -> usize {
        self.n_points * self.point_lanes()
    }

    fn footprint(self, trace: &Trace<'_>) -> Footprint {
        Footprint {
            n_lanes: self.n_lanes(),
            slots: trace.air.all.slots_len(self.n_lanes()),
            totals: 0,
        }
    }

    fn sum_shape(self, statement: &Statement<'_>, trace: usize) -> SumShape {
        let of = |section| {
            let n_points = n_cosets(&statement.traces[trace], section) << statement.l_skip;
            (n_points, place(statement, trace, section))
        };
        let sections = [
            Section::Constraints,
            Section::Numerators,
            Section::Denominators,
        ]
        .map(of);
        let plan = &statement.traces[trace].air.all;
        SumShape {
            n_slices: plan.sliced(self.n_lanes()).outputs.counts,
            n_points: sections.map(|(n_points, _)| n_points),
            point_lanes: self.point_lanes(),
            targets: sections.map(|(_, target)| target),
        }
    }
}
