//! The stacked opening reduction: from claims about trace columns, and their rotations, at `r` to
//! claims about the columns of the stacked matrices at one point `u`.
//!
//! It is SWIRL's stacked opening reduction: all claims are batched with powers of lambda and proved
//! with one sumcheck over the skip domain `D` and the hypercube. Its round 0 is a univariate skip
//! (Gruen, ePrint 2024/108). Upstream's specification is `prover/stacked_reduction.rs`; its verifier is
//! `verify_stacked_reduction` in `verifier/stacked_reduction.rs`.
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

mod claims;
mod combination;
mod input;
mod kernels;
mod levels;
mod mle_rounds;
mod pairs;
mod places;
mod plan;
mod round0;
mod round0_polynomial;
mod round0_tasks;
mod slice_values;
mod univariate;

use openvm_stark_backend::{proof::StackingProof, SystemParams};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF};
use tracing::{field::Empty, info_span};

pub use self::claims::CommitmentClaims;
use self::{
    input::StackedReductionInput, kernels::StackedReductionKernels, places::StackedReductionPlaces,
    plan::StackedReductionPlan,
};
use crate::{
    gpu::{Finished, Gpu, KernelText, Multiply},
    kernels::{stacked_reduction, transcript::RunTranscript},
    report::{record_device_time, StageReport},
    transcript::{DeviceSponge, DeviceTranscript},
    MetalError,
};

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
    let plan = StackedReductionPlan::new(params, commitments);
    let kernels = StackedReductionKernels::new(gpu)?;
    let (tape, places) = StackedReductionPlaces::new(&plan);

    let round0 = info_span!(
        "prover.openings.stacked_reduction.round0",
        device_ms = Empty
    )
    .entered();
    let mut recorder = gpu.recorder("stacked_reduction");
    let sponge = DeviceSponge::start(&mut recorder, &*transcript, tape)?;
    let stage_input = StackedReductionInput {
        kernels: &kernels,
        plan: &plan,
        commitments,
        sponge: &sponge,
        places: &places,
    };
    let output = round0::record(&mut recorder, &stage_input, r)?;
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
    let mut texts = stacked_reduction::texts(multiply);
    texts.extend(KernelText::all::<RunTranscript>(multiply));
    texts
}

/// The device time of both streams.
fn both(a: &Finished, b: &Finished) -> Option<u64> {
    Some(a.device_ns? + b.device_ns?)
}
