//! The multilinear rounds of the batch sumcheck.
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
    batch_weights::BatchWeights,
    folds::{BandFolds, FoldBuffers, FoldPlan, Folds},
    places::RoundPlaces,
    round0_polynomials::Round0,
    round_sums::{Round, RoundBuffers, RoundPlan, RoundShape},
    sum_kind::SumKind,
};
use crate::{
    constraints::{evaluation::RowShape, kernels::ConstraintKernels, statement::Statement},
    gpu::{word, Buffer, Gpu, GpuError, Recorder},
    kernels::rap::{expressions::Form, MleRoundBindings, MleRoundParams},
    powers::powers,
    transcript::DeviceSponge,
};

/// What the rounds start from.
#[derive(Clone, Copy)]
pub struct MleInputs<'a> {
    /// The kernels.
    pub kernels: &'a ConstraintKernels,
    /// The traces.
    pub statement: &'a Statement<'a>,
    /// The point of the GKR claim.
    pub xi: &'a [EF],
    /// Weights of the sums.
    pub weights: &'a BatchWeights,
    /// The round before.
    pub round0: &'a Round0,
    /// The Lagrange polynomials of the skip domain at its challenge.
    pub lagrange: &'a Buffer<EF>,
    /// The transcript.
    pub sponge: &'a DeviceSponge,
    /// Where on the tape the rounds are.
    pub places: &'a RoundPlaces,
}

/// The stage while it is being recorded.
pub struct MleRounds<'a> {
    inputs: MleInputs<'a>,
    rounds: Vec<PlannedRound<'a>>,
    buffers: RoundBuffers,
    folds: Folds,
    sums: Buffer<EF>,
    mu: Buffer<EF>,
    constants: Buffer<EF>,
    running: Buffer<EF>,
}

/// A round with its folds.
struct PlannedRound<'a> {
    round: Round<'a>,
    /// By band.
    folds: Vec<BandFolds>,
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
    pub fn start<'g: 'a>(
        recorder: &mut Recorder<'g>,
        inputs: MleInputs<'a>,
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let MleInputs {
            statement,
            xi,
            round0,
            ..
        } = inputs;
        let omegas = powers(
            F::two_adic_generator(statement.l_skip),
            1 << statement.l_skip,
        );
        let first_xi = xi.first().copied().unwrap_or(EF::ZERO);
        let eq = eval_eq_uni(statement.l_skip, first_xi, round0.r_0);
        let eq_sharp = eval_eq_sharp_uni(&omegas, &xi[..statement.l_skip], round0.r_0);
        let running = [round0.claim(), eq, eq_sharp, EF::ZERO];
        let n_traces = statement.traces.len();
        let mu_powers = powers(round0.mu, 3 * n_traces);
        let sums = gpu.alloc(3 * n_traces * statement.degree_of_traces, "sums of traces")?;
        recorder.clear(&sums, 0..sums.len());
        let mut plan = RoundPlan::new(gpu, statement, inputs.weights);
        let mut folds = FoldPlan::new(gpu, statement, inputs.places)?;
        let rounds = (1..=statement.n_max).map(|number| {
            let round = plan.round(|trace| round_shape(statement, trace, number));
            PlannedRound {
                folds: folds.round(number, &round),
                round,
            }
        });
        Ok(Self {
            rounds: rounds.collect(),
            buffers: plan.upload()?,
            folds: folds.upload(gpu)?,
            sums,
            mu: gpu.upload(&mu_powers, "powers of mu")?,
            constants: gpu.upload(&constants(statement, xi), "round constants")?,
            running: gpu.upload(&running, "running claims")?,
            inputs,
        })
    }

    /// Records all rounds.
    pub fn record(&self, recorder: &mut Recorder<'_>) {
        let MleInputs {
            kernels, weights, ..
        } = self.inputs;
        let fold_buffers = FoldBuffers {
            slots: self.buffers.slots(),
            sponge: self.inputs.sponge,
            lagrange: self.inputs.lagrange,
        };
        for (number, PlannedRound { round, folds }) in (1..).zip(&self.rounds) {
            for ((batch, band), of_band) in round.bands().zip(folds) {
                self.folds
                    .record(recorder, kernels, number, of_band, fold_buffers);
                self.buffers
                    .record_band(recorder, &kernels.extension, weights, batch, band);
                self.buffers
                    .record_sums(recorder, &kernels.reduce_sums, &self.sums, band);
            }
            self.record_round(recorder, number);
        }
    }

    fn record_round(&self, recorder: &mut Recorder<'_>, round: usize) {
        let MleInputs {
            kernels,
            statement,
            sponge,
            places,
            ..
        } = self.inputs;
        let traces = &statement.traces;
        let with_variables = |n: usize| word(traces.iter().take_while(|t| t.n_lift >= n).count());
        let bindings = MleRoundBindings {
            sponge: sponge.sponge(),
            tape: sponge.tape(),
            sums: &self.sums,
            mu: &self.mu,
            constants: &self.constants,
            running: &self.running,
        };
        let params = MleRoundParams {
            round: word(round),
            degree: word(statement.degree_of_traces),
            n_values: word(statement.degree + 1),
            n_traces: word(traces.len()),
            n_head: with_variables(round),
            n_live: with_variables(round - 1),
            polynomial: places.polynomial(round),
            challenge: places.challenge(round),
            last_challenge: places.last_challenge(round),
        };
        kernels.mle_round.record(recorder, bindings, params);
    }
}

/// What a trace contributes to a round: its values at `1, ..., d`, or the one value that is left; nothing
/// from then on.
fn round_shape(statement: &Statement<'_>, index: usize, round: usize) -> Option<RoundShape> {
    let n_lift = statement.traces[index].n_lift;
    let (n_rows, n_points) = match n_lift.checked_sub(round) {
        Some(n_left) => (1 << n_left, statement.degree_of_traces),
        None if n_lift + 1 == round => (1, 1),
        None => return None,
    };
    let target = |kind| (3 * index + kind as usize) * statement.degree_of_traces;
    Some(RoundShape {
        rows: RowShape {
            n_rows,
            max_band_len: n_rows,
            form: Form::Extension,
            n_points,
        },
        n_constraint_points: n_points,
        targets: SumKind::ALL.map(target),
    })
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
