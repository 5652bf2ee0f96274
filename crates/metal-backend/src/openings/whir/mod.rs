//! WHIR (ePrint 2024/1586), the last stage of SWIRL: proves the values of all stacked columns at one
//! point, see [`prove_whir`]. Checked by upstream's `verify_whir` in `verifier/whir.rs`.
//!
//! # What is computed
//!
//! Upstream's specification keeps evaluations of a polynomial `f` and of weights `w` on the
//! hypercube. Here `f` is in coefficients `c[j]`, which are the message that was encoded, and the
//! weights in the dual basis, `W[j] = sum of w[x] over all x that contain the bits of j`, so that
//! `sum_x f(x) w(x) = sum_j c[j] W[j]`. The round polynomials are the same, nothing of the length of
//! `f` is transformed between the two bases, the weights of the opening point are `eq(u, j)`, and a
//! sample of the polynomial at `z` has the weights `z^j`.
//!
//! Samples only join when the first round has folded. Until then the weights stay a factor times
//! values of eq, which the kernels take from small tables; the batched `f` is in two buffers. So
//! nothing here is longer than a column of the code matrix, which must fit into one binding anyway.
//!
//! # Phases
//!
//! All of it is one submission, which reads back the tape, the sponge, and what was opened:
//!
//! 1. Proof-of-work, then `mu`; `f` is the sum of all columns times powers of `mu`.
//! 2. A round: `k_whir` rounds of sumcheck, each with proof-of-work before its `alpha`.
//! 3. In all rounds but the last: the codeword of the folded `f`, its root, an out-of-domain point
//!    `z_0`, and the value there. In the last: the folded `f`.
//! 4. Proof-of-work, then the indices of the queries, which open what the round before committed to
//!    (the stacks, for the first); then `gamma`, with whose powers the samples join the weights.

mod batch;
mod codeword;
mod opened;
mod opener;
pub mod plan;
mod point_weights;
mod polynomial;
mod prover;
mod weighted_polynomial;

use openvm_stark_backend::{
    p3_field::BasedVectorSpace, poly_common::Squarable, proof::WhirProof, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF, F};
use tracing::{field::Empty, info_span};

use self::{
    opened::Opening,
    plan::{Outcome, WhirPlan},
    prover::WhirProver,
};
use crate::{
    commit::{MerkleTree, StackedMatrix},
    gpu::{Gpu, KernelText, Multiply},
    kernels::{grind::Grind, merkle, transcript::RunTranscript, whir as whir_kernels},
    report::{record_device_time, StageReport},
    transcript::{DeviceTranscript, Tape},
    MetalError,
};

/// The point on the hypercube, `l_skip + n_stack` coordinates, that belongs to the point `u` that
/// the claims about the stacked matrices were reduced to: the powers `u[0]^(2^i)` for `i < l_skip`,
/// then the other coordinates.
///
/// # Panics
/// If `u` is empty.
pub fn hypercube_point(l_skip: usize, u: &[EF]) -> Vec<EF> {
    let skipped = u[0].exp_powers_of_2().take(l_skip);
    skipped.chain(u[1..].iter().copied()).collect()
}

/// A commitment whose columns are opened.
#[derive(Clone, Debug)]
pub struct OpenedStack<'a> {
    /// The stacked matrix. It is let go as soon as its columns are added up.
    pub matrix: StackedMatrix,
    /// The tree over its code.
    pub tree: &'a MerkleTree,
}

/// Proves the values of the columns of all `stacks` at `u`, a point on the hypercube of
/// `l_skip + n_stack` coordinates; `transcript` has observed the values.
///
/// The common main commitment is the first of the stacks, the others follow in the order of the
/// verifier's commitments. Upstream: `prove_whir_opening` in `prover/whir.rs`, which makes the same
/// proof at proof-of-work bits 0.
///
/// # Errors
/// If the parameters, commitments and point do not fit together, there is no stack, no proof-of-work
/// nonce was found, or the device failed.
pub fn prove_whir(
    gpu: &Gpu,
    params: &SystemParams,
    transcript: &mut impl DeviceTranscript,
    stacks: Vec<OpenedStack<'_>>,
    u: &[EF],
) -> Result<WhirProof<BabyBearPoseidon2Config>, MetalError> {
    let span = info_span!("prover.openings.whir", device_ms = Empty).entered();
    let report = StageReport::start(gpu, "openings.whir");
    let plan = WhirPlan::new(params)?;
    let (matrices, trees): (Vec<_>, Vec<_>) = stacks
        .into_iter()
        .map(|stack| (stack.matrix, stack.tree))
        .unzip();
    plan.check(&trees, u)?;

    let mut recorder = gpu.recorder("openings.whir");
    let mut prover = WhirProver::start(&mut recorder, &plan, transcript, &trees, u)?;
    prover.batch(&mut recorder, &matrices)?;
    drop(matrices);
    recorder.flush()?;
    for round in 0..plan.rounds.len() {
        prover.sumcheck(&mut recorder, round)?;
        prover.commit(&mut recorder, round)?;
        prover.query(&mut recorder, round)?;
        recorder.flush()?;
    }
    let (ended, opened) = prover.end(&mut recorder);

    let finished = recorder.submit()?.wait()?;
    record_device_time(&span, finished.device_ns);
    let tape = ended.finish(&finished, transcript)?;
    let openings = opened.finish(&finished)?;
    report.finish();
    Ok(proof(&plan, &tape, openings, trees.len()))
}

/// The texts of the stage's kernels.
///
/// # Errors
/// If there is no plan for the parameters.
///
/// # Panics
/// If the code matrix of these parameters is too high, see [`crate::commit::texts`].
pub(crate) fn texts(
    params: &SystemParams,
    multiply: Multiply,
) -> Result<Vec<KernelText>, MetalError> {
    let plan = WhirPlan::new(params)?;
    let mut texts = whir_kernels::texts(multiply);
    texts.extend(KernelText::all::<Grind>(multiply));
    texts.extend(KernelText::all::<RunTranscript>(multiply));
    if let Some(message) = batch::message_plan(&plan) {
        texts.extend(message.texts(multiply));
    }
    for round in &plan.rounds {
        if let Outcome::Codeword { log_code_len, .. } = round.outcome {
            let code = codeword::plan(round.log_len, log_code_len);
            texts.extend(code.texts(multiply));
            texts.extend(merkle::texts(multiply));
        }
    }
    Ok(texts)
}

/// The proof that is on the tape.
fn proof(
    plan: &WhirPlan,
    tape: &Tape,
    openings: Vec<Opening>,
    n_commitments: usize,
) -> WhirProof<BabyBearPoseidon2Config> {
    let sumcheck = || plan.rounds.iter().flat_map(|round| &round.sumcheck);
    let sums = |place| {
        let values = tape.ext(place);
        [values[0], values[1]]
    };
    let mut proof = WhirProof {
        mu_pow_witness: tape.nonce(plan.mu_pow),
        whir_sumcheck_polys: sumcheck().map(|round| sums(round.sums)).collect(),
        codeword_commits: Vec::new(),
        ood_values: Vec::new(),
        folding_pow_witnesses: sumcheck().map(|round| tape.nonce(round.pow)).collect(),
        query_phase_pow_witnesses: Vec::new(),
        initial_round_opened_rows: Vec::new(),
        initial_round_merkle_proofs: Vec::new(),
        codeword_opened_values: Vec::new(),
        codeword_merkle_proofs: Vec::new(),
        final_poly: Vec::new(),
    };
    for round in &plan.rounds {
        proof
            .query_phase_pow_witnesses
            .push(tape.nonce(round.query_pow));
        match round.outcome {
            Outcome::Codeword { root, y_0, .. } => {
                proof.codeword_commits.extend(tape.digests(root));
                proof.ood_values.extend(tape.ext(y_0));
            }
            Outcome::Final { coefficients } => proof.final_poly = tape.ext(coefficients),
        }
    }
    for (i, opening) in openings.into_iter().enumerate() {
        if i < n_commitments {
            proof.initial_round_opened_rows.push(opening.rows);
            proof.initial_round_merkle_proofs.push(opening.paths);
        } else {
            proof.codeword_opened_values.push(values(opening.rows));
            proof.codeword_merkle_proofs.push(opening.paths);
        }
    }
    proof
}

/// The extension elements that rows of four coefficients are, by query.
fn values(rows: Vec<Vec<Vec<F>>>) -> Vec<Vec<EF>> {
    let value = |row: &Vec<_>| EF::from_basis_coefficients_fn(|i| row[i]);
    let values = |rows: &Vec<Vec<_>>| rows.iter().map(value).collect();
    rows.iter().map(values).collect()
}
