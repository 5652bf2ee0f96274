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
    compile::kernel::Form,
    evaluation::{Evaluation, EvaluationPlan, Round, RoundShape},
    folds::{BandFolds, FoldPlan, Folds},
    kernels::Kernels,
    openings::PointPlaces,
    round0::Section,
    round0_polynomials::Round0,
    statement::Statement,
    weights::BatchWeights,
};
use crate::{
    gpu::{Buffer, Element, Gpu, GpuError, Recorder},
    kernels::rap::rounds::{RoundBuffers, RoundParams},
    powers::powers,
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
    rounds: Vec<PlannedRound<'a>>,
    evaluation: Evaluation,
    folds: Folds,
    sums: Buffer<EF>,
    mu: Buffer<EF>,
    constants: Buffer<EF>,
    running: Buffer<EF>,
}

/// A round with its folds.
struct PlannedRound<'a> {
    round: Round,
    /// By band.
    folds: Vec<BandFolds<'a>>,
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
        let omega = F::two_adic_generator(statement.l_skip);
        let omegas = powers(omega, 1 << statement.l_skip);
        let eq = eval_eq_uni(
            statement.l_skip,
            xi.first().copied().unwrap_or(EF::ZERO),
            round0.r_0,
        );
        let eq_sharp = eval_eq_sharp_uni(&omegas, &xi[..statement.l_skip], round0.r_0);
        let running = [round0.claim(), eq, eq_sharp, EF::ZERO];
        let n_traces = statement.traces.len();
        let mu_powers = powers(round0.mu, 3 * n_traces);
        let sums = gpu.alloc(3 * n_traces * statement.degree_of_traces, "sums of traces")?;
        recorder.clear(&sums, 0..sums.len());
        let mut plan = EvaluationPlan::new(gpu, statement, weights);
        let mut folds = FoldPlan::new(gpu, statement, places)?;
        let rounds = (1..=statement.n_max).map(|number| {
            let traces = statement.traces.iter().enumerate();
            let live = traces.filter(|(_, trace)| trace.n_lift + 1 >= number);
            let round = plan.round(live.map(|(i, _)| (i, round_shape(statement, i, number))));
            PlannedRound {
                folds: folds.round(number, &round),
                round,
            }
        });
        Ok(Self {
            rounds: rounds.collect(),
            evaluation: plan.upload()?,
            folds: folds.upload(gpu)?,
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
    pub fn record(&self, recorder: &mut Recorder<'_>) {
        let (evaluation, kernels) = (&self.evaluation, self.kernels);
        let (slots, rounds) = (&evaluation.slots, &kernels.rounds);
        for (number, PlannedRound { round, folds }) in (1..).zip(&self.rounds) {
            for ((batch, band), of_band) in round.bands().zip(folds) {
                let tape = (self.sponge, self.lagrange);
                self.folds
                    .record(recorder, rounds, number, of_band, slots, tape);
                evaluation.record_band(recorder, &kernels.extension, self.weights, batch, band);
                evaluation.record_sums(recorder, &kernels.sums, &self.sums, band);
            }
            self.record_round(recorder, number);
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
            last_challenge: self.places.last_challenge(round),
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
}

impl RoundPlaces {
    /// Place of the challenge before this round's; the first round reads none.
    pub(super) fn last_challenge(&self, round: usize) -> u32 {
        let last = round.checked_sub(2).map(|i| self.challenges[i]);
        last.map_or(0, in_elements)
    }
}

/// What a trace contributes to a round: its values at `1, ..., d`, or the one value that is left.
fn round_shape(statement: &Statement<'_>, index: usize, round: usize) -> RoundShape {
    let target = |section| (3 * index + section as usize) * statement.degree_of_traces;
    let (n_rows, n_points) = match statement.traces[index].n_lift.checked_sub(round) {
        Some(n_left) => (1 << n_left, statement.degree_of_traces),
        None => (1, 1),
    };
    RoundShape {
        n_rows,
        rows_per_lane: Form::Extension.rows_per_lane(),
        n_points,
        n_constraint_points: n_points,
        targets: [
            target(Section::Constraints),
            target(Section::Numerators),
            target(Section::Denominators),
        ],
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
