//! The sponge and the tape of one stage, on the device.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{lanes::constants, sponge::STATE_WORDS, DeviceTranscript, SpongeState, Tape, TapePlan};
use crate::{
    gpu::{Buffer, Finished, GpuError, ReadBack, Recorder},
    MetalError,
};

/// The transcript while the device carries it on.
#[derive(Debug)]
pub struct DeviceSponge {
    plan: TapePlan,
    sponge: Buffer<F>,
    tape: Buffer<F>,
}

impl DeviceSponge {
    /// Hands `transcript`'s state to the device, and makes the tape that `plan` asks for.
    ///
    /// It takes the state that `transcript` has now: what the stage observes on the host comes
    /// before.
    pub fn start(
        recorder: &mut Recorder<'_>,
        transcript: &impl DeviceTranscript,
        plan: TapePlan,
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let mut words = transcript.sponge_state().to_words().to_vec();
        words.extend(constants());
        let sponge = gpu.upload(&words, "sponge")?;
        let tape = gpu.alloc(plan.n_words().max(4), "tape")?;
        recorder.clear(&tape, 0..tape.len());
        Ok(Self { plan, sponge, tape })
    }

    /// What kernels bind as `sponge`; its layout is in `sponge.wgsl`.
    pub fn sponge(&self) -> &Buffer<F> {
        &self.sponge
    }

    /// What kernels write observed and sampled values to, and read challenges from.
    pub fn tape(&self) -> &Buffer<F> {
        &self.tape
    }

    /// Records that both are brought back, after all work of the stage.
    pub fn end(self, recorder: &mut Recorder<'_>) -> Ended {
        Ended {
            sponge: recorder.read_back(&self.sponge, 0..STATE_WORDS),
            tape: recorder.read_back(&self.tape, 0..self.plan.n_words()),
            plan: self.plan,
        }
    }
}

/// A stage's transcript on its way back to the host.
pub struct Ended {
    plan: TapePlan,
    sponge: ReadBack<F>,
    tape: ReadBack<F>,
}

impl Ended {
    /// Brings `transcript`, which the device started from, to where the device arrived.
    ///
    /// # Errors
    /// If a proof-of-work search found no nonce, or the replay check found a difference.
    pub fn finish(
        self,
        finished: &Finished,
        transcript: &mut impl DeviceTranscript,
    ) -> Result<Tape, MetalError> {
        let sponge = finished.values(&self.sponge)?;
        if SpongeState::is_spoilt(&sponge) {
            return Err(MetalError::NoNonce);
        }
        let end = SpongeState::from_words(&sponge).ok_or(MetalError::TranscriptReplay {
            event: "the sponge's indices".to_owned(),
        })?;
        let tape = Tape::new(self.plan, finished.values(&self.tape)?);
        transcript.advance(&tape, end)?;
        Ok(tape)
    }
}
