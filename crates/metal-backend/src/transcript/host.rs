//! Transcripts on the host that stages can take to the device and back.

use std::{env, sync::OnceLock};

use openvm_stark_backend::{
    p3_field::{PrimeCharacteristicRing, PrimeField32},
    p3_maybe_rayon::prelude::*,
    FiatShamirTranscript,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{
    default_duplex_sponge, BabyBearPoseidon2Config, Digest, DuplexSponge, DuplexSpongeRecorder,
    DuplexSpongeValidator, F,
};

use super::{SpongeState, Tape};
use crate::MetalError;

/// A transcript that the device can carry on.
pub trait DeviceTranscript: FiatShamirTranscript<BabyBearPoseidon2Config> {
    /// Its state, for the device to start from.
    fn sponge_state(&self) -> SpongeState;

    /// Goes to where the device arrived, at `end`, by what is on `tape`.
    ///
    /// # Errors
    /// If it notices that the device observed or sampled something else than it would have.
    fn advance(&mut self, tape: &Tape, end: SpongeState) -> Result<(), MetalError>;
}

/// The engine's transcript: upstream's `DuplexSponge`, whose state can also be set.
///
/// Where a proof-of-work nonce is searched on the host, it is the smallest, as on the device.
///
/// With the replay check on, an upstream `DuplexSponge` observes and samples everything once more,
/// also what the device did, and every sample and state must be equal. It is on in builds with
/// debug assertions, and where the environment variable `OPENVM_METAL_CHECK_TRANSCRIPT` is set to
/// something other than `0`. It costs about a microsecond for eight words.
#[derive(Clone, Debug)]
pub struct MetalTranscript {
    state: SpongeState,
    reference: Option<DuplexSponge>,
}

impl Default for MetalTranscript {
    /// The transcript at the beginning of a proof; the environment decides on the replay check.
    fn default() -> Self {
        Self::new(is_check_wanted())
    }
}

impl MetalTranscript {
    /// The transcript at the beginning of a proof, with or without the replay check.
    pub fn new(is_checked: bool) -> Self {
        Self {
            state: SpongeState::default(),
            reference: is_checked.then(default_duplex_sponge),
        }
    }
}

fn is_check_wanted() -> bool {
    static IS_SET: OnceLock<bool> = OnceLock::new();
    let is_set =
        || env::var_os("OPENVM_METAL_CHECK_TRANSCRIPT").is_some_and(|v| !v.is_empty() && v != "0");
    cfg!(debug_assertions) || *IS_SET.get_or_init(is_set)
}

impl FiatShamirTranscript<BabyBearPoseidon2Config> for MetalTranscript {
    fn observe(&mut self, value: F) {
        self.state.observe(value);
        if let Some(reference) = &mut self.reference {
            reference.absorb(value);
        }
    }

    fn sample(&mut self) -> F {
        if let Some(reference) = &mut self.reference {
            let _ = reference.squeeze();
        }
        self.state.sample()
    }

    fn observe_commit(&mut self, digest: Digest) {
        digest.into_iter().for_each(|word| self.observe(word));
    }

    /// The smallest nonce for `bits`, at most 30.
    ///
    /// # Panics
    /// If no element passes, as upstream's: the signature has no room for an error.
    fn grind(&mut self, bits: usize) -> F {
        if bits == 0 {
            return F::ZERO;
        }
        let start = Self {
            state: self.state.clone(),
            reference: None,
        };
        let nonce = (0..F::ORDER_U32)
            .into_par_iter()
            .map(F::from_u32)
            .find_first(|nonce| start.clone().check_witness(bits, *nonce));
        let nonce = nonce.unwrap_or(F::ZERO);
        assert!(
            self.check_witness(bits, nonce),
            "no element passes {bits} bits of proof-of-work"
        );
        nonce
    }
}

impl DeviceTranscript for MetalTranscript {
    fn sponge_state(&self) -> SpongeState {
        self.state.clone()
    }

    fn advance(&mut self, tape: &Tape, end: SpongeState) -> Result<(), MetalError> {
        if let Some(reference) = &mut self.reference {
            reference.advance(tape, end.clone())?;
        }
        self.state = end;
        Ok(())
    }
}

impl DeviceTranscript for DuplexSponge {
    fn sponge_state(&self) -> SpongeState {
        self.into()
    }

    fn advance(&mut self, tape: &Tape, end: SpongeState) -> Result<(), MetalError> {
        replay_to(self, tape, &end)
    }
}

impl DeviceTranscript for DuplexSpongeRecorder {
    fn sponge_state(&self) -> SpongeState {
        (&self.inner).into()
    }

    fn advance(&mut self, tape: &Tape, end: SpongeState) -> Result<(), MetalError> {
        replay_to(self, tape, &end)
    }
}

impl DeviceTranscript for DuplexSpongeValidator {
    fn sponge_state(&self) -> SpongeState {
        (&self.inner.inner).into()
    }

    fn advance(&mut self, tape: &Tape, end: SpongeState) -> Result<(), MetalError> {
        replay_to(self, tape, &end)
    }
}

fn replay_to(
    transcript: &mut impl DeviceTranscript,
    tape: &Tape,
    end: &SpongeState,
) -> Result<(), MetalError> {
    tape.replay(transcript)?;
    if transcript.sponge_state() == *end {
        Ok(())
    } else {
        Err(MetalError::TranscriptReplay {
            event: "the state at the end".to_owned(),
        })
    }
}
