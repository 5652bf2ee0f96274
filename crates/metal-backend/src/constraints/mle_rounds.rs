//! The multilinear rounds of the batch sumcheck, and the column openings at their end.
//!
//! Upstream's specification is `prove_zerocheck_and_logup` in `prover/logup_zerocheck/mod.rs`, with
//! `fold_ple_evals`, `sumcheck_polys_eval` and `fold_mle_evals` in `cpu.rs`; its verifier checks the
//! rounds in `verifier/batch_constraints.rs`. Traces of all heights take part from the first round
//! on; one that has no variables left enters the tail, a multiple of the round's variable.
//!
//! The sums have the degree of the traces' AIRs, which may be less than the parameters allow. They are
//! evaluated at as many points as that takes, with the last claim as one more value, and
//! extrapolated to the rest. If the traces violate their constraints, the claim is not the sum's,
//! and the polynomials differ from upstream's; such a proof verifies nowhere.
//!
//! All rounds are one command stream: a kernel makes each round polynomial of the traces' sums,
//! observes it and samples the challenge, which the next round's fold reads from the tape.

use openvm_stark_backend::{
    p3_field::{Field, PrimeCharacteristicRing, TwoAdicField},
    poly_common::{eval_eq_sharp_uni, eval_eq_uni},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    kernels::Kernels,
    openings::PointPlaces,
    partial_sums::{PartialSums, PartialSumsPlan, SumShape},
    round0::Section,
    round0_polynomials::Round0,
    scratch::{band_len, Footprint},
    statement::{Statement, Trace},
    weights::BatchWeights,
};
use crate::{
    gpu::{Buffer, Columns, Element, Gpu, GpuError, Recorder},
    kernels::rap::{
        expressions::{Reduction, Slots},
        inputs::InputParams,
        rounds::{Fold, RoundBuffers, RoundParams},
        sums::ReduceParams,
    },
    transcript::{DeviceSponge, Place, TapePlan},
};

/// Where the rounds' polynomials and challenges are on the tape.
#[derive(Clone, Debug)]
pub struct RoundPlaces {
    /// By round: `s_j` at `1, ..., d + 1`.
    pub polynomials: Vec<Place>,
    /// By round: `r_j`.
    pub challenges: Vec<Place>,
}

/// Plans what the rounds observe and sample.
pub fn plan_tape(statement: &Statement<'_>) -> (TapePlan, RoundPlaces) {
    let mut plan = TapePlan::new();
    let places =
        (0..statement.n_max).map(|_| (plan.observe_ext(statement.degree + 1), plan.sample_ext(1)));
    let (polynomials, challenges) = places.unzip();
    (
        plan,
        RoundPlaces {
            polynomials,
            challenges,
        },
    )
}

impl RoundPlaces {
    /// Where the challenges are, for kernels.
    pub fn point(&self) -> PointPlaces {
        let place = |round: usize| self.challenges.get(round).map_or(0, |&p| in_elements(p));
        PointPlaces {
            first: place(0),
            step: place(1).saturating_sub(place(0)),
        }
    }
}

/// The stage while it is being recorded.
pub struct MleRounds<'a> {
    kernels: &'a Kernels,
    statement: &'a Statement<'a>,
    weights: &'a BatchWeights,
    lagrange: &'a Buffer<EF>,
    sponge: &'a DeviceSponge,
    places: &'a RoundPlaces,
    /// By round.
    plans: Vec<RoundPlan>,
    partials: PartialSums,
    slots: Buffer<EF>,
    /// By trace: what its folds have kept.
    folded: Vec<FoldedColumns>,
    sums: Buffer<EF>,
    mu: Buffer<EF>,
    constants: Buffer<EF>,
    running: Buffer<EF>,
}

/// The rows of a trace's columns after the last fold, one column for each input of its plan. The
/// first two rounds read the trace, which is less to keep and hardly more to read.
#[derive(Default)]
struct FoldedColumns {
    rows: Option<Columns<EF>>,
    /// Rows of an earlier fold, whose memory serves the next one.
    spent: Option<Columns<EF>>,
}

/// The layout of one round's partial sums.
struct RoundPlan {
    /// By trace.
    starts: Vec<usize>,
    reduction: ReduceParams,
}

/// The Lagrange polynomials of the skip domain at `r_0`.
pub fn lagrange_at_r0(
    gpu: &Gpu,
    statement: &Statement<'_>,
    r_0: EF,
) -> Result<Buffer<EF>, GpuError> {
    let omegas = F::two_adic_generator(statement.l_skip).powers();
    let omegas = omegas.take(1 << statement.l_skip);
    let values = omegas.map(|w| eval_eq_uni(statement.l_skip, r_0, EF::from(w)));
    gpu.upload(&values.collect::<Vec<_>>(), "Lagrange polynomials at r_0")
}

impl<'a> MleRounds<'a> {
    /// Makes room for all rounds.
    pub fn start(
        recorder: &mut Recorder<'_>,
        kernels: &'a Kernels,
        statement: &'a Statement<'a>,
        weights: &'a BatchWeights,
        (sponge, places): (&'a DeviceSponge, &'a RoundPlaces),
        (round0, lagrange): (&Round0, &'a Buffer<EF>),
        xi: &[EF],
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let omegas = F::two_adic_generator(statement.l_skip).powers();
        let omegas: Vec<_> = omegas.take(1 << statement.l_skip).collect();
        let eq = eval_eq_uni(
            statement.l_skip,
            xi.first().copied().unwrap_or(EF::ZERO),
            round0.r_0,
        );
        let eq_sharp = eval_eq_sharp_uni(&omegas, &xi[..statement.l_skip], round0.r_0);
        let running = [round0.claim(), eq, eq_sharp, EF::ZERO];
        let n_traces = statement.traces.len();
        let mu_powers: Vec<_> = round0.mu.powers().take(3 * n_traces).collect();
        let sums = gpu.alloc(3 * n_traces * statement.degree_of_traces, "sums of traces")?;
        recorder.clear(&sums, 0..sums.len());
        let mut partials = PartialSumsPlan::default();
        let plans =
            (1..=statement.n_max).map(|round| round_plan(gpu, statement, round, &mut partials));
        let plans = plans.collect();
        Ok(Self {
            plans,
            partials: partials.alloc(gpu)?,
            slots: room(gpu, statement).alloc_slots(gpu)?,
            folded: statement
                .traces
                .iter()
                .map(|_| FoldedColumns::default())
                .collect(),
            sums,
            mu: gpu.upload(&mu_powers, "powers of mu")?,
            constants: gpu.upload(&constants(statement, xi), "round constants")?,
            running: gpu.upload(&running, "running claims")?,
            kernels,
            statement,
            weights,
            lagrange,
            sponge,
            places,
        })
    }

    /// Records all rounds.
    pub fn record(&mut self, recorder: &mut Recorder<'_>) -> Result<(), GpuError> {
        let statement = self.statement;
        for round in 1..=statement.n_max {
            for (i, trace) in statement.traces.iter().enumerate() {
                if trace.n_lift + 1 >= round {
                    self.record_trace(recorder, round, i, trace)?;
                }
            }
            let reduction = self.plans[round - 1].reduction;
            self.partials
                .record_reduce(recorder, &self.kernels.sums, &self.sums, reduction);
            self.record_round(recorder, round);
        }
        Ok(())
    }

    /// The share of one trace in a round: fold with the last challenge, evaluate, sum up.
    fn record_trace(
        &mut self,
        recorder: &mut Recorder<'_>,
        round: usize,
        index: usize,
        trace: &Trace<'_>,
    ) -> Result<(), GpuError> {
        let kept = self.make_kept(recorder.gpu(), round, index)?;
        let (plan, weights) = (&trace.air.all, &self.weights.traces[index]);
        let shape = RoundShape::new(self.statement, trace, round);
        let band = shape.band(recorder.gpu(), trace);
        let slots = Slots {
            buffer: &self.slots,
            stride: shape.n_points * band,
            n_lanes: shape.n_points * band,
        };
        let sliced = plan.sliced(slots.n_lanes);
        for first in (0..shape.n_y).step_by(band) {
            let fold = Fold {
                kept: kept.as_ref(),
                is_folding: round > 1,
                is_pairing: trace.n_lift >= round,
                band: (first, band),
                n_points: shape.n_points,
                slots,
                tape: (self.sponge, self.last_challenge(round)),
            };
            self.record_fold(recorder, index, trace, fold);
            for slices in &sliced.column_passes {
                self.kernels
                    .extension
                    .record_columns(recorder, &plan.table, slices, slots);
            }
            let reduction = Reduction {
                weights: &weights.values,
                weight_starts: weights.starts,
                eq: self.weights.eq_tree(trace),
                eq_start: shape.n_y + first,
                point_lanes: band,
                n_rows: band,
                n_constraint_points: shape.n_points,
                partials: &self.partials.partials,
                partial_start: self.plans[round - 1].starts[index],
                is_first: first == 0,
            };
            let extension = &self.kernels.extension;
            extension.record_reduced(recorder, &plan.table, &sliced.outputs, slots, reduction);
        }
        if kept.is_some() {
            let folded = &mut self.folded[index];
            folded.spent = std::mem::replace(&mut folded.rows, kept);
        }
        Ok(())
    }

    /// Room for the rows of a trace after this round's fold, where a later round folds them again.
    fn make_kept(
        &mut self,
        gpu: &Gpu,
        round: usize,
        index: usize,
    ) -> Result<Option<Columns<EF>>, GpuError> {
        let trace = &self.statement.traces[index];
        if round == 1 || round > trace.n_lift {
            return Ok(None);
        }
        let height = 1 << (trace.n_lift - (round - 1));
        let width = trace.air.all.plan.inputs.len();
        let kept = match self.folded[index].spent.take() {
            Some(spent) => spent.shortened(height),
            None => Columns::alloc(gpu, height, width, "folded columns")?,
        };
        Ok(Some(kept))
    }

    fn record_fold(
        &self,
        recorder: &mut Recorder<'_>,
        index: usize,
        trace: &Trace<'_>,
        fold: Fold<'_>,
    ) {
        let rounds = &self.kernels.rounds;
        match &self.folded[index].rows {
            Some(rows) => rounds.record_stored_fold(recorder, rows, fold),
            None => trace.record_sources(
                recorder,
                &trace.air.all.sources,
                InputParams::default(),
                |recorder, source, params| {
                    rounds.record_trace_fold(recorder, source, params, self.lagrange, fold);
                },
            ),
        }
    }

    fn record_round(&self, recorder: &mut Recorder<'_>, round: usize) {
        let traces = &self.statement.traces;
        let with_variables = |n: usize| traces.iter().take_while(|t| t.n_lift >= n).count() as u32;
        let params = RoundParams {
            round: round as u32,
            degree: self.statement.degree_of_traces as u32,
            n_values: (self.statement.degree + 1) as u32,
            n_traces: traces.len() as u32,
            n_head: with_variables(round),
            n_live: with_variables(round - 1),
            polynomial: in_elements(self.places.polynomials[round - 1]),
            challenge: in_elements(self.places.challenges[round - 1]),
            last_challenge: self.last_challenge(round),
        };
        let buffers = RoundBuffers {
            sums: &self.sums,
            mu: &self.mu,
            constants: &self.constants,
            running: &self.running,
        };
        self.kernels
            .rounds
            .record_round(recorder, self.sponge, buffers, params);
    }

    /// Place of the challenge before this round's; the first round reads none.
    fn last_challenge(&self, round: usize) -> u32 {
        let last = round.checked_sub(2).map(|i| self.places.challenges[i]);
        last.map_or(0, in_elements)
    }
}

/// What a trace contributes to a round.
#[derive(Clone, Copy)]
struct RoundShape {
    /// Points of the hypercube that are summed over.
    n_y: usize,
    /// Points at which the round polynomial is evaluated.
    n_points: usize,
}

impl RoundShape {
    fn new(statement: &Statement<'_>, trace: &Trace<'_>, round: usize) -> Self {
        match trace.n_lift.checked_sub(round) {
            Some(n_left) => Self {
                n_y: 1 << n_left,
                n_points: statement.degree_of_traces,
            },
            None => Self {
                n_y: 1,
                n_points: 1,
            },
        }
    }

    fn footprint(self, trace: &Trace<'_>, n_y: usize) -> Footprint {
        let n_lanes = self.n_points * n_y;
        Footprint {
            n_lanes,
            slots: trace.air.all.slots_len(n_lanes),
            totals: 0,
        }
    }

    /// Points `y` that are evaluated together.
    fn band(self, gpu: &Gpu, trace: &Trace<'_>) -> usize {
        band_len(gpu, self.n_y, |n_y| self.footprint(trace, n_y))
    }
}

/// Room for the largest band of any trace in any round.
fn room(gpu: &Gpu, statement: &Statement<'_>) -> Footprint {
    let mut room = Footprint::default();
    for trace in &statement.traces {
        for round in 1..=trace.n_lift + 1 {
            let shape = RoundShape::new(statement, trace, round);
            room = room.max(shape.footprint(trace, shape.band(gpu, trace)));
        }
    }
    room
}

/// Lays out the partial sums of a round.
fn round_plan(
    gpu: &Gpu,
    statement: &Statement<'_>,
    round: usize,
    partials: &mut PartialSumsPlan,
) -> RoundPlan {
    let place = |(index, trace): (usize, &Trace<'_>)| {
        if trace.n_lift + 1 < round {
            return 0;
        }
        let shape = RoundShape::new(statement, trace, round);
        let band = shape.band(gpu, trace);
        let target = |section| (3 * index + section as usize) * statement.degree_of_traces;
        partials.place(&SumShape {
            n_slices: trace.air.all.sliced(shape.n_points * band).outputs.counts,
            n_points: [shape.n_points; 3],
            point_lanes: band,
            targets: [
                target(Section::Constraints),
                target(Section::Numerators),
                target(Section::Denominators),
            ],
        })
    };
    RoundPlan {
        starts: statement.traces.iter().enumerate().map(place).collect(),
        reduction: partials.end_reduction(),
    }
}

/// What `mle_round.wgsl` has as constants: for the points `0, ..., d` the inverses of the Lagrange
/// polynomials' denominators, their values at each further point, and for each round `xi_j` and
/// `1 / (1 - xi_j)`.
fn constants(statement: &Statement<'_>, xi: &[EF]) -> Vec<EF> {
    let degree = statement.degree_of_traces;
    let others = |i: usize| (0..=degree).filter(move |&k| k != i).map(F::from_usize);
    let inverse = |i: usize| {
        let denominator: F = others(i).map(|k| F::from_usize(i) - k).product();
        denominator.inverse()
    };
    let at = |x: usize, i: usize| {
        let numerator: F = others(i).map(|k| F::from_usize(x) - k).product();
        numerator * inverse(i)
    };
    let beyond = degree + 1..=statement.degree + 1;
    let beyond = beyond.flat_map(|x| (0..=degree).map(move |i| at(x, i)));
    let base = (0..=degree).map(inverse).chain(beyond);
    let xi = &xi[statement.l_skip..statement.l_skip + statement.n_max];
    // 1 - xi has no inverse with probability 2^-124; then the proof is wrong, as any would be.
    let inverse = |x: EF| (EF::ONE - x).try_inverse().unwrap_or(EF::ZERO);
    base.map(EF::from)
        .chain(xi.iter().flat_map(|&x| [x, inverse(x)]))
        .collect()
}

fn in_elements(place: Place) -> u32 {
    place.start / EF::WORDS as u32
}
