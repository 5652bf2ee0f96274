//! The stacked opening reduction: from claims about trace columns, and their rotations, at `r` to
//! claims about the columns of the stacked matrices at one point `u`.
//!
//! Upstream's specification is `prover/stacked_reduction.rs`; `verifier/stacked_reduction.rs` checks the
//! proof. All claims are batched with powers of lambda and proved with one sumcheck over the skip
//! domain `D` and the hypercube.
//!
//! The batched sum is linear in the stacked matrices, and slices of one trace height with equal
//! kernels form a group. So the stacked matrices are read twice only:
//!
//! 1. A first pass combines the slices of every group to one vector `Q` with powers of lambda. Summed
//!    over the hypercube with the kernel, it gives round 0, in which kernels only depend on the
//!    group through few univariate polynomials.
//! 2. The rounds that run inside the slices of a group fold `Q` and the kernel `K` as a product
//!    sumcheck. After them, a round joins different slices, whose places in the stack differ: a second
//!    pass evaluates every slice at the challenges so far, and the group gives way to pairs of a
//!    slice's value and its weight, which are folded on, down to the openings.

mod combination;
mod levels;
mod mle_rounds;
mod plan;
mod round0;
mod univariate;

use openvm_stark_backend::{proof::StackingProof, SystemParams};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF};
use tracing::{field::Empty, info_span};

use self::{plan::Plan, round0::Round0Output};
use crate::{
    commit::CommittedStack,
    gpu::{Finished, Gpu, KernelText, Multiply},
    kernels::{
        stacked_reduction::{self as reduction_kernels, Kernels},
        transcript::RunTranscript,
    },
    report::{record_device_time, StageReport},
    transcript::{DeviceSponge, DeviceTranscript, Place, Tape, TapePlan},
    MetalError,
};

/// A commitment with what is claimed about it.
#[derive(Clone, Copy, Debug)]
pub struct CommitmentClaims<'a> {
    /// What was committed to.
    pub stack: &'a CommittedStack,
    /// For each trace in it, whether there are claims about the rotations of its columns.
    pub needs_rot: &'a [bool],
}

/// Proves the reduction of the claims at `r` to openings at the point that is returned, of length
/// `1 + n_stack`.
///
/// The order of `commitments` is upstream's: the common main one first. `r` has at least one element
/// more than the variables of the highest trace beyond the skip domain.
///
/// The work is two command streams, so that the spans of round 0 and of the other rounds end when the
/// device has done what they name; only the second one is read back.
///
/// # Errors
/// If a vector does not fit into one binding, or the device fails.
///
/// # Panics
/// If `r` is too short, or a commitment has more traces than `needs_rot` entries.
pub fn prove_stacked_reduction(
    gpu: &Gpu,
    params: &SystemParams,
    transcript: &mut impl DeviceTranscript,
    commitments: &[CommitmentClaims<'_>],
    r: &[EF],
) -> Result<(StackingProof<BabyBearPoseidon2Config>, Vec<EF>), MetalError> {
    let stage = info_span!("prover.openings.stacked_reduction", device_ms = Empty).entered();
    let report = StageReport::start(gpu, "stacked_reduction");
    let plan = Plan::new(params, commitments);
    let kernels = Kernels::new(gpu)?;
    let (tape, places) = Places::new(&plan);

    let round0 = info_span!(
        "prover.openings.stacked_reduction.round0",
        device_ms = Empty
    )
    .entered();
    let mut recorder = gpu.recorder("stacked_reduction");
    let sponge = DeviceSponge::start(&mut recorder, &*transcript, tape)?;
    let stage_input = StageInput {
        kernels: &kernels,
        plan: &plan,
        commitments,
        sponge: &sponge,
        places: &places,
    };
    let output: Round0Output = round0::record(&mut recorder, &stage_input, r)?;
    let submitted_round0 = recorder.submit()?;

    let mut recorder = gpu.recorder("stacked_reduction");
    mle_rounds::record(&mut recorder, &stage_input, output)?;
    let ended = sponge.end(&mut recorder);
    let submitted_rounds = recorder.submit()?;
    let finished_round0 = submitted_round0.wait()?;
    record_device_time(&round0, finished_round0.device_ns);
    drop(round0);

    let rounds = info_span!(
        "prover.openings.stacked_reduction.mle_rounds",
        device_ms = Empty
    )
    .entered();
    let finished = submitted_rounds.wait()?;
    record_device_time(&rounds, finished.device_ns);
    drop(rounds);

    let tape = ended.finish(&finished, transcript)?;
    record_device_time(&stage, both(&finished_round0, &finished));
    report.finish();
    Ok(places.proof(&tape, &plan))
}

/// The texts of the stage's kernels.
pub(crate) fn texts(multiply: Multiply) -> Vec<KernelText> {
    let sources = reduction_kernels::sources(multiply);
    let mut texts: Vec<_> = sources.into_iter().map(KernelText::undeclared).collect();
    texts.extend(KernelText::all::<RunTranscript>(multiply));
    texts
}

/// The device time of both streams.
fn both(a: &Finished, b: &Finished) -> Option<u64> {
    Some(a.device_ns? + b.device_ns?)
}

/// What both halves of the stage are recorded from.
struct StageInput<'a> {
    kernels: &'a Kernels,
    plan: &'a Plan,
    commitments: &'a [CommitmentClaims<'a>],
    sponge: &'a DeviceSponge,
    places: &'a Places,
}

/// Where the stage's values are on the tape.
struct Places {
    lambda: Place,
    s_0: Place,
    u_0: Place,
    /// The polynomials of rounds 1 to `n_stack`, each with its challenge.
    rounds: Vec<(Place, Place)>,
    openings: Place,
}

impl Places {
    fn new(plan: &Plan) -> (TapePlan, Self) {
        let mut tape = TapePlan::new();
        let places = Self {
            lambda: tape.sample_ext(1),
            s_0: tape.observe_ext(2 * plan.skip_size() - 1),
            u_0: tape.sample_ext(1),
            rounds: (0..plan.n_stack)
                .map(|_| (tape.observe_ext(2), tape.sample_ext(1)))
                .collect(),
            openings: tape.observe_ext(plan.n_openings()),
        };
        (tape, places)
    }

    fn proof(&self, tape: &Tape, plan: &Plan) -> (StackingProof<BabyBearPoseidon2Config>, Vec<EF>) {
        let at = |place| tape.ext(place);
        let mut openings = at(self.openings).into_iter();
        let widths = plan.widths.iter();
        let proof = StackingProof {
            univariate_round_coeffs: at(self.s_0),
            sumcheck_round_polys: self
                .rounds
                .iter()
                .map(|(evaluations, _)| {
                    let evaluations = at(*evaluations);
                    [evaluations[0], evaluations[1]]
                })
                .collect(),
            stacking_openings: widths
                .map(|width| openings.by_ref().take(*width).collect())
                .collect(),
        };
        let challenges = self.rounds.iter().map(|(_, challenge)| *challenge);
        let u = std::iter::once(self.u_0).chain(challenges).flat_map(at);
        (proof, u.collect())
    }
}
