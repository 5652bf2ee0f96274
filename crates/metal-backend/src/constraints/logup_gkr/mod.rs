//! The LogUp GKR stage: the fractional sumcheck.
//!
//! Shows that fractions sum up as claimed, and reduces the claim to one about the numerators' and
//! the denominators' multilinear extensions at a random point `xi` (LogUp-GKR, ePrint 2023/1284).
//! Specified by upstream's `prover/logup_zerocheck/fractional_sumcheck_gkr.rs`, checked by its
//! `verifier/fractional_sumcheck_gkr.rs`.
//!
//! All of it is one command stream:
//!
//! 1. The tree: a dispatch for three levels adds up neighbours.
//! 2. One workgroup builds the top of the tree and proves all layers there.
//! 3. A larger layer has passes of two rounds, each two dispatches: many workgroups fold the layer with the
//!    last two challenges and sum it for the next two rounds, one workgroup adds up their sums and carries
//!    the transcript on. One workgroup does the layer's small rounds.
//!
//! The sums leave out `eq`'s factor of the rounds' own variables, which makes them polynomials of degree
//! 2 (ePrint 2024/108); `eq` of the variables after them is a product of entries of two tables. The sums for two
//! rounds are a polynomial in both variables, from which the second round's follows once the first one's
//! challenge is known: a layer is read once for two rounds.
//!
//! Numerators of the input are base elements. Arrays of fractions lie in tiles, so that threads which take
//! neighbouring elements each read side by side.

mod fractions;
mod places;
mod plan;
mod record;

use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing, prover::fractional_sumcheck_gkr::FracSumcheckProof,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF};
use tracing::{field::Empty, info_span};

pub use fractions::{FractionBlock, Fractions};
pub use plan::{GkrPlan, Pass};

use crate::{
    gpu::{Finished, Gpu, ReadBack, Recorder},
    report::{record_device_time, StageReport},
    transcript::{DeviceSponge, DeviceTranscript, Tape, TapePlan},
    MetalError,
};

/// The most levels that the kernels' 32-bit indices have room for.
const MAX_LOG_LEN: u32 = 29;

/// Whether there is a protocol for `2^log_len` fractions, and kernels.
///
/// # Errors
/// If `log_len` is 0, for which upstream has no protocol, or too large for the kernels.
pub(super) fn check_log_len(log_len: u32) -> Result<(), MetalError> {
    match log_len {
        0 => Err(MetalError::FractionCount { len: 1 }),
        1..=MAX_LOG_LEN => Ok(()),
        _ => Err(MetalError::Parameters {
            what: "logarithm of the number of fractions",
            value: log_len as usize,
            max: MAX_LOG_LEN as usize,
        }),
    }
}

/// The proof, and the point `xi` with as many coordinates as the number of fractions has bits.
pub type ProofAndPoint = (FracSumcheckProof<BabyBearPoseidon2Config>, Vec<EF>);

/// A fractional sumcheck as a part of a stage: planned on a tape, recorded, and read off.
#[derive(Clone, Debug)]
pub struct FractionalSumcheck {
    log_len: u32,
    assert_zero: bool,
    places: places::GkrPlaces,
}

impl FractionalSumcheck {
    /// Appends what is observed and sampled for `2^log_len` fractions to `tape`.
    ///
    /// With `assert_zero`, the sum's numerator must be zero, and is not observed.
    ///
    /// # Errors
    /// If `log_len` is 0, for which upstream has no protocol, or too large for the kernels.
    pub fn plan(tape: &mut TapePlan, log_len: u32, assert_zero: bool) -> Result<Self, MetalError> {
        check_log_len(log_len)?;
        Ok(Self {
            log_len,
            assert_zero,
            places: places::GkrPlaces::plan(tape, log_len, !assert_zero),
        })
    }

    /// Records the sumcheck over `fractions`, which it leaves as they are.
    ///
    /// # Errors
    /// If the number of fractions is not the one that was planned.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        fractions: &Fractions,
    ) -> Result<RootSum, MetalError> {
        if fractions.log_len() != self.log_len {
            return Err(MetalError::FractionCount {
                len: 1 << fractions.log_len(),
            });
        }
        let gpu = recorder.gpu();
        let plan = GkrPlan::new(self.log_len, gpu.max_binding_bytes());
        let recording = record::Recording::new(gpu, plan, &self.places, sponge, fractions)?;
        let state = recording.record(recorder, !self.assert_zero);
        Ok(RootSum {
            numerator: recorder.read_back(&state, 1..2),
            assert_zero: self.assert_zero,
        })
    }

    /// The proof, from the stage's tape and what [`RootSum::finish`] returned.
    pub fn proof(&self, tape: &Tape, p_root: EF) -> ProofAndPoint {
        self.places.proof(tape, p_root)
    }
}

/// The sum of all fractions on its way back to the host.
pub struct RootSum {
    numerator: ReadBack<EF>,
    assert_zero: bool,
}

impl RootSum {
    /// The sum's numerator. To be called before the transcript is advanced, which upstream does not
    /// do for a sum that is not zero.
    ///
    /// # Errors
    /// [`MetalError::NonZeroRootSum`] where the sum must be zero and is not.
    pub fn finish(self, finished: &Finished) -> Result<EF, MetalError> {
        let p_root = finished.values(&self.numerator)?[0];
        if self.assert_zero && p_root != EF::ZERO {
            return Err(MetalError::NonZeroRootSum);
        }
        Ok(p_root)
    }
}

/// Proves the sum of `fractions`, `None` for none at all, from and to `transcript`'s state: one
/// submission, one round trip.
///
/// # Errors
/// With `assert_zero`, [`MetalError::NonZeroRootSum`] if the sum is not zero; the transcript is then
/// as it was. [`MetalError::FractionCount`] for a single fraction.
pub fn fractional_sumcheck(
    gpu: &Gpu,
    transcript: &mut impl DeviceTranscript,
    fractions: Option<&Fractions>,
    assert_zero: bool,
) -> Result<ProofAndPoint, MetalError> {
    let Some(fractions) = fractions else {
        let proof = FracSumcheckProof {
            fractional_sum: (EF::ZERO, EF::ONE),
            claims_per_layer: Vec::new(),
            sumcheck_polys: Vec::new(),
        };
        return Ok((proof, Vec::new()));
    };
    let span = info_span!("fractional_sumcheck", device_ms = Empty).entered();
    let report = StageReport::start(gpu, "logup_gkr");
    let mut tape = TapePlan::new();
    let sumcheck = FractionalSumcheck::plan(&mut tape, fractions.log_len(), assert_zero)?;

    let mut recorder = gpu.recorder("logup_gkr");
    let sponge = DeviceSponge::start(&mut recorder, transcript, tape)?;
    let root = sumcheck.record(&mut recorder, &sponge, fractions)?;
    let ended = sponge.end(&mut recorder);
    let finished = recorder.submit()?.wait()?;
    record_device_time(&span, finished.device_ns);

    let p_root = root.finish(&finished)?;
    let tape = ended.finish(&finished, transcript)?;
    report.finish();
    Ok(sumcheck.proof(&tape, p_root))
}
