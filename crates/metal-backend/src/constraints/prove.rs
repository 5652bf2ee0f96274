//! The batch constraints: from committed traces to claims about their columns at one point.
//!
//! Upstream's specification is `prove_zerocheck_and_logup` in `prover/logup_zerocheck/mod.rs`, its
//! verifier `verifier/batch_constraints.rs`. The phases, in protocol order:
//!
//! 1. `logup_gkr`: proof-of-work, alpha and beta; the fractions of all interactions; the
//!    fractional sumcheck, which ends at the point xi.
//! 2. `round0`: lambda; the values of all sums on cosets of the skip domain; on the host, the
//!    claims of the traces, mu, the polynomial `s_0` and `r_0`.
//! 3. `mle_rounds`: all other rounds in one command stream, and the column openings.
//!
//! Between two phases the transcript is on the host.

use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing,
    proof::{column_openings_by_rot, BatchConstraintProof, GkrProof},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF, F};
use tracing::{field::Empty, info_span};

use super::{
    gkr_input,
    kernels::ConstraintKernels,
    logup_gkr::{fractional_sumcheck, Fractions},
    statement::Statement,
    zerocheck::{
        lagrange_at_r0, openings, round0, BatchWeights, Challenges, MleInputs, MleRounds, Round0,
        RoundPlaces,
    },
};
use crate::{
    gpu::Gpu,
    kernels::{grind::NonceSearch, transcript::Operations},
    report::{record_device_time, StageReport},
    transcript::{DeviceSponge, DeviceTranscript, TapePlan},
    MetalError,
};

type Sc = BabyBearPoseidon2Config;

/// The proof of the batch constraints, and the point at which columns are to be opened.
pub(crate) type RapProof = ((GkrProof<Sc>, BatchConstraintProof<Sc>), Vec<EF>);

/// Proves the constraints and interactions of the traces of `statement`, with `pow_bits` of
/// proof-of-work before LogUp's challenges.
pub(crate) fn prove_rap_constraints<TS: DeviceTranscript>(
    gpu: &Gpu,
    transcript: &mut TS,
    mut statement: Statement<'_>,
    pow_bits: usize,
) -> Result<RapProof, MetalError> {
    let mut prover = RapProver {
        gpu,
        kernels: &*ConstraintKernels::of(gpu, statement.l_skip)?,
        transcript,
    };
    let (gkr_proof, challenges) = {
        let _span = info_span!("prover.rap_constraints.logup_gkr").entered();
        prover.prove_logup_gkr(&mut statement, pow_bits)?
    };
    let (round0, weights) = prover.prove_round0(&mut statement, &challenges)?;
    let rounds = prover.prove_mle_rounds(&statement, &challenges, &weights, &round0)?;

    let proof = BatchConstraintProof {
        numerator_term_per_air: round0.numerator_claims,
        denominator_term_per_air: round0.denominator_claims,
        univariate_round_coeffs: round0.coefficients,
        sumcheck_round_polys: rounds.polynomials,
        column_openings: rounds.column_openings,
    };
    let r = [round0.r_0].into_iter().chain(rounds.challenges).collect();
    Ok(((gkr_proof, proof), r))
}

/// What every phase works with.
struct RapProver<'p, TS> {
    gpu: &'p Gpu,
    kernels: &'p ConstraintKernels,
    transcript: &'p mut TS,
}

/// What the multilinear rounds put into the proof.
struct RoundsProof {
    polynomials: Vec<Vec<EF>>,
    challenges: Vec<EF>,
    column_openings: Vec<Vec<Vec<EF>>>,
}

impl<TS: DeviceTranscript> RapProver<'_, TS> {
    /// The GKR proof, and the challenges up to lambda.
    fn prove_logup_gkr(
        &mut self,
        statement: &mut Statement<'_>,
        pow_bits: usize,
    ) -> Result<(GkrProof<Sc>, Challenges), MetalError> {
        let (logup_pow_witness, [alpha, beta]) = self.sample_alpha_and_beta(pow_bits)?;
        let fractions = match statement.layer_len() {
            0 => None,
            _ => Some(self.prove_input_evals(statement, [alpha, beta])?),
        };
        let transcript = &mut *self.transcript;
        let (sum, mut xi) = fractional_sumcheck(self.gpu, transcript, fractions.as_ref(), true)?;
        let n_global = statement.n_max.max(statement.n_logup);
        while xi.len() < statement.l_skip + n_global {
            xi.push(transcript.sample_ext());
        }
        let lambda = transcript.sample_ext();
        let proof = GkrProof {
            logup_pow_witness,
            q0_claim: sum.fractional_sum.1,
            claims_per_layer: sum.claims_per_layer,
            sumcheck_polys: sum.sumcheck_polys,
        };
        Ok((proof, Challenges { beta, xi, lambda }))
    }

    /// The nonce of the LogUp proof-of-work, searched on the device, and the challenges after it.
    fn sample_alpha_and_beta(&mut self, pow_bits: usize) -> Result<(F, [EF; 2]), MetalError> {
        let (gpu, transcript) = (self.gpu, &mut *self.transcript);
        if pow_bits == 0 {
            return Ok((F::ZERO, [transcript.sample_ext(), transcript.sample_ext()]));
        }
        let report = StageReport::start(gpu, "logup_gkr.alpha_and_beta");
        let mut plan = TapePlan::new();
        let nonce = plan.grind(pow_bits)?;
        let places = [plan.sample_ext(1), plan.sample_ext(1)];
        let mut recorder = gpu.recorder("logup_gkr");
        let sponge = DeviceSponge::start(&mut recorder, transcript, plan)?;
        NonceSearch::new(gpu)?.record(&mut recorder, &sponge, nonce);
        let mut operations = Operations::new();
        operations.observe_nonce(nonce);
        places.iter().for_each(|&place| operations.sample(place));
        operations.record(&mut recorder, &sponge)?;
        let ended = sponge.end(&mut recorder);
        let tape = ended.finish(&recorder.submit()?.wait()?, transcript)?;
        report.finish();
        Ok((tape.nonce(nonce), places.map(|place| tape.ext(place)[0])))
    }

    fn prove_input_evals(
        &self,
        statement: &mut Statement<'_>,
        challenges: [EF; 2],
    ) -> Result<Fractions, MetalError> {
        let name = "prover.rap_constraints.logup_gkr.input_evals";
        let span = info_span!(
            "prover.rap_constraints.logup_gkr.input_evals",
            device_ms = Empty
        );
        let _entered = span.enter();
        let report = StageReport::start(self.gpu, name);
        let mut recorder = self.gpu.recorder("input_evals");
        statement.copy_short_traces(&mut recorder)?;
        let fractions = gkr_input::record(&mut recorder, self.kernels, statement, challenges)?;
        record_device_time(&span, recorder.submit()?.wait()?.device_ns);
        report.finish();
        Ok(fractions)
    }

    fn prove_round0(
        &mut self,
        statement: &mut Statement<'_>,
        challenges: &Challenges,
    ) -> Result<(Round0, BatchWeights), MetalError> {
        let span = info_span!("prover.rap_constraints.round0", device_ms = Empty);
        let _entered = span.enter();
        let (gpu, kernels) = (self.gpu, self.kernels);
        let report = StageReport::start(gpu, "prover.rap_constraints.round0");
        let mut recorder = gpu.recorder("round0");
        statement.copy_short_traces(&mut recorder)?;
        let weights = BatchWeights::record(&mut recorder, kernels, statement, challenges)?;
        let values = round0::record(&mut recorder, kernels, statement, &weights)?;
        let values = recorder.read_back(&values, 0..values.len());
        let finished = recorder.submit()?.wait()?;
        record_device_time(&span, finished.device_ns);
        let values = finished.values(&values)?;
        let round0 = Round0::new(statement, &values, &challenges.xi, self.transcript);
        report.finish();
        Ok((round0, weights))
    }

    fn prove_mle_rounds(
        &mut self,
        statement: &Statement<'_>,
        challenges: &Challenges,
        weights: &BatchWeights,
        round0: &Round0,
    ) -> Result<RoundsProof, MetalError> {
        let span = info_span!("prover.rap_constraints.mle_rounds", device_ms = Empty);
        let _entered = span.enter();
        let (gpu, kernels, transcript) = (self.gpu, self.kernels, &mut *self.transcript);
        let report = StageReport::start(gpu, "prover.rap_constraints.mle_rounds");
        let (plan, places) = RoundPlaces::plan(statement);
        let mut recorder = gpu.recorder("mle_rounds");
        let sponge = DeviceSponge::start(&mut recorder, transcript, plan)?;
        let lagrange = lagrange_at_r0(gpu, statement, round0.r_0)?;
        let inputs = MleInputs {
            kernels,
            statement,
            xi: &challenges.xi,
            weights,
            round0,
            lagrange: &lagrange,
            sponge: &sponge,
            places: &places,
        };
        {
            let rounds = MleRounds::start(&mut recorder, inputs)?;
            // The device clears and copies while the rounds are recorded.
            recorder.flush()?;
            rounds.record(&mut recorder);
        }
        let point = (&sponge, places.point());
        let openings = openings::record(&mut recorder, kernels, statement, &lagrange, point)?;
        let openings = recorder.read_back(&openings, 0..openings.len());
        let ended = sponge.end(&mut recorder);
        let finished = recorder.submit()?.wait()?;
        record_device_time(&span, finished.device_ns);
        let tape = ended.finish(&finished, transcript)?;

        let column_openings = openings::by_part(statement, &finished.values(&openings)?);
        observe_openings(transcript, statement, &column_openings);
        report.finish();
        Ok(RoundsProof {
            polynomials: places
                .polynomials
                .iter()
                .map(|&place| tape.ext(place))
                .collect(),
            challenges: places
                .challenges
                .iter()
                .map(|&place| tape.ext(place)[0])
                .collect(),
            column_openings,
        })
    }
}

/// The common parts of all traces come first, then the others trace by trace.
fn observe_openings<TS: DeviceTranscript>(
    transcript: &mut TS,
    statement: &Statement<'_>,
    openings: &[Vec<Vec<EF>>],
) {
    let traces = || statement.traces.iter().zip(openings);
    let common = traces().map(|(trace, parts)| (trace, &parts[..1]));
    let others = traces().map(|(trace, parts)| (trace, &parts[1..]));
    for (trace, parts) in common.chain(others) {
        for (claim, rotated) in parts
            .iter()
            .flat_map(|p| column_openings_by_rot(p, trace.need_rot))
        {
            transcript.observe_ext(claim);
            transcript.observe_ext(rotated);
        }
    }
}
