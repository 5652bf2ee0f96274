//! Proofs that are looked at before they are handed out.

use openvm_stark_backend::{
    keygen::types::{MultiStarkVerifyingKey, MultiStarkVerifyingKey0},
    p3_field::PrimeField32,
    proof::Proof,
    prover::{AirProvingContext, DeviceMultiStarkProvingKey, ProvingContext},
    verifier, FiatShamirTranscript, TranscriptHistory,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{
    default_duplex_sponge, default_duplex_sponge_recorder, BabyBearPoseidon2Config, F,
};
use tracing::info_span;

use crate::{MetalBackend, MetalError};

type Key = MultiStarkVerifyingKey<BabyBearPoseidon2Config>;

/// Verifies proofs with one key.
pub(super) struct Verifier<'a> {
    config: &'a BabyBearPoseidon2Config,
    key: Key,
}

/// A proof that does not verify, and what the verifier says of it.
pub(super) struct Rejected {
    proof: Proof<BabyBearPoseidon2Config>,
    reason: String,
}

impl<'a> Verifier<'a> {
    /// A verifier with the key that is part of `mpk`.
    pub(super) fn new(
        config: &'a BabyBearPoseidon2Config,
        mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ) -> Self {
        let inner = MultiStarkVerifyingKey0 {
            params: mpk.params.clone(),
            per_air: mpk.per_air.iter().map(|air| air.vk.clone()).collect(),
            trace_height_constraints: mpk.trace_height_constraints.clone(),
        };
        let pre_hash = mpk.vk_pre_hash;
        Self {
            config,
            key: Key { inner, pre_hash },
        }
    }

    /// The proof, if it verifies. The span `verify` has the time.
    pub(super) fn accept(
        &self,
        proof: Proof<BabyBearPoseidon2Config>,
    ) -> Result<Proof<BabyBearPoseidon2Config>, Box<Rejected>> {
        let _span = info_span!("verify").entered();
        match self.verify(&proof, &mut default_duplex_sponge()) {
            Ok(()) => Ok(proof),
            Err(reason) => Err(Box::new(Rejected { proof, reason })),
        }
    }

    /// What two attempts have in common that were both rejected.
    pub(super) fn error(&self, first: &Rejected, second: &Rejected) -> MetalError {
        let again = format!("nor does a second attempt ({})", second.reason);
        MetalError::WrongProof {
            reason: first.reason.clone(),
            again: format!("{again}: {}", self.difference(&first.proof, &second.proof)),
        }
    }

    /// Where the transcripts of two proofs differ first, as far as the verifier gets with both.
    fn difference(
        &self,
        first: &Proof<BabyBearPoseidon2Config>,
        second: &Proof<BabyBearPoseidon2Config>,
    ) -> String {
        let [first, second] = [first, second].map(|proof| {
            let mut transcript = default_duplex_sponge_recorder();
            // Whatever comes of it: it is the transcript that is asked for.
            let _ = self.verify(proof, &mut transcript);
            transcript.into_log().into_parts()
        });
        let values = first.0.iter().zip(&second.0);
        let differing = { values }.position(|(first, second)| first != second);
        match differing.or((first.0.len() != second.0.len()).then_some(first.0.len())) {
            None => {
                "their transcripts are the same, so this is not a fault that comes and goes: the \
                 traces do not satisfy the constraints, or there is a bug"
                    .to_owned()
            }
            Some(at) => {
                let of = |(values, samples): &(Vec<F>, Vec<bool>)| match values.get(at) {
                    None => "nothing".to_owned(),
                    Some(value) if samples[at] => format!("{} sampled", value.as_canonical_u32()),
                    Some(value) => format!("{} observed", value.as_canonical_u32()),
                };
                format!(
                    "their transcripts first differ in value {at}, {} in one and {} in the other, so the \
                     GPU computes wrong values",
                    of(&first),
                    of(&second)
                )
            }
        }
    }

    fn verify<TS: FiatShamirTranscript<BabyBearPoseidon2Config>>(
        &self,
        proof: &Proof<BabyBearPoseidon2Config>,
        transcript: &mut TS,
    ) -> Result<(), String> {
        let verified = verifier::verify(self.config, &self.key, proof, transcript);
        verified.map_err(|error| error.to_string())
    }
}

impl Rejected {
    /// The error where the traces are gone.
    pub(super) fn without_second_attempt(self) -> MetalError {
        let again = "and there is no memory to keep the traces for a second attempt".to_owned();
        MetalError::WrongProof {
            reason: self.reason,
            again,
        }
    }

    pub(super) fn reason(&self) -> &str {
        &self.reason
    }
}

/// The same traces once more: they are shared, and stay on the device as long as one of the two does.
pub(super) fn share(ctx: &ProvingContext<MetalBackend>) -> ProvingContext<MetalBackend> {
    let of_air = |(air, trace): &(usize, AirProvingContext<MetalBackend>)| {
        let shared = AirProvingContext {
            cached_mains: trace.cached_mains.clone(),
            common_main: trace.common_main.clone(),
            public_values: trace.public_values.clone(),
        };
        (*air, shared)
    };
    ProvingContext::new(ctx.per_trace.iter().map(of_air).collect())
}
