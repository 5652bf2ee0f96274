//! The engine that OpenVM's crates plug in.

mod backend;
mod device;
mod lookups;
mod memory;
mod memory_tree;
mod options;
pub(crate) mod parameters;
mod records;
mod row_major;
pub mod trace_inputs;
mod transport;
mod verify;

use openvm_stark_backend::{
    memory_metering::ProvingMemoryConfig,
    proof::Proof,
    prover::{Coordinator, DeviceMultiStarkProvingKey, Prover, ProvingContext},
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2Config;

pub use backend::{MetalAirData, MetalBackend, MetalMatrix, MetalPcsData};
pub use device::{MemoryUse, MetalDevice};
pub use lookups::{LookupCounts, Lookups};
pub use memory_tree::{DigestTable, HashInput, MemoryRecords, MemoryTraces};
pub use options::{EngineOptions, Verify};
pub use records::VmBits;

use crate::{transcript::MetalTranscript, MetalError};
use memory::Traces;
use verify::{share, Rejected, Verifier};

/// Proves SWIRL statements over BabyBear with Poseidon2 on a GPU. `Send + Sync`.
///
/// Its proofs are those of upstream's reference engine for the same statement and verify under
/// upstream's verifier.
#[derive(Clone, Debug)]
pub struct BabyBearPoseidon2MetalEngine {
    device: MetalDevice,
}

impl BabyBearPoseidon2MetalEngine {
    /// An engine on the GPU that the environment chooses, see [`EngineOptions::from_env`].
    pub fn try_new(params: SystemParams) -> Result<Self, MetalError> {
        Self::with_options(params, EngineOptions::from_env()?)
    }

    /// An engine on the GPU that `options` choose, which may be a [`GpuOptions`](crate::GpuOptions) alone.
    pub fn with_options(
        params: SystemParams,
        options: impl Into<EngineOptions>,
    ) -> Result<Self, MetalError> {
        let device = MetalDevice::new(params, options);
        device.gpu()?;
        Ok(Self { device })
    }

    /// An engine with the parameters of `device`, on its GPU; if that could not be opened, the error
    /// comes out of the first proof.
    pub fn with_device(device: MetalDevice) -> Self {
        Self { device }
    }

    /// An engine with other parameters on the same GPU.
    pub fn with_params(&self, params: SystemParams) -> Self {
        Self::with_device(self.device.with_params(params))
    }

    /// A proof as the GPU makes it. `traces` says what the caller does with those in `ctx`.
    fn prove_unseen(
        &self,
        pk: &DeviceMultiStarkProvingKey<MetalBackend>,
        ctx: ProvingContext<MetalBackend>,
        traces: Traces,
    ) -> Result<Proof<BabyBearPoseidon2Config>, MetalError> {
        let (device, _claim) = memory::plan(&self.device, pk, &ctx, traces)?;
        // Dropped before the claim, as whoever waits for it counts on what the sponge takes.
        let mut prover: Coordinator<BabyBearPoseidon2Config, _, _, _> =
            Coordinator::new(MetalBackend, device, self.initial_transcript());
        prover.prove(pk, ctx)
    }

    /// A proof that verifies, at the second attempt if not at the first.
    fn prove_verified(
        &self,
        pk: &DeviceMultiStarkProvingKey<MetalBackend>,
        ctx: ProvingContext<MetalBackend>,
    ) -> Result<Proof<BabyBearPoseidon2Config>, MetalError> {
        let verifier = Verifier::new(self.config(), pk);
        let first = match self.prove_unseen(pk, share(&ctx), Traces::Kept) {
            Err(MetalError::NotEnoughMemory { .. }) => {
                let proof = self.prove_unseen(pk, ctx, Traces::LetGo)?;
                let rejected = |rejected: Box<Rejected>| rejected.without_second_attempt();
                return verifier.accept(proof).map_err(rejected);
            }
            proof => match verifier.accept(proof?) {
                Ok(proof) => return Ok(proof),
                Err(rejected) => rejected,
            },
        };
        tracing::warn!(reason = first.reason(), "proof_rejected");
        let second = self.prove_unseen(pk, ctx, Traces::LetGo)?;
        verifier
            .accept(second)
            .map_err(|second| verifier.error(&first, &second))
    }
}

impl StarkEngine for BabyBearPoseidon2MetalEngine {
    type SC = BabyBearPoseidon2Config;
    type PB = MetalBackend;
    type PD = MetalDevice;
    type TS = MetalTranscript;

    /// Like [`Self::try_new`], but the error comes out of the first proof.
    fn new(params: SystemParams) -> Self {
        let device = match EngineOptions::from_env() {
            Ok(options) => MetalDevice::new(params, options),
            Err(error) => MetalDevice::with_gpu(params, Err(error.into())),
        };
        Self { device }
    }

    /// Proves, after a check that the proof fits into the memory that there is: if it does not, the
    /// error is [`MetalError::NotEnoughMemory`], before any work on the GPU. Where the code matrix
    /// is what does not fit, it is not kept, see [`CodePolicy`].
    ///
    /// How much there is, is known from the budget in [`GpuOptions`](crate::GpuOptions), from the driver, or, for GPUs
    /// that share the machine's memory, from the system; where it is not (discrete GPUs through
    /// DX12), the check is left out. A proof that fits alone but not beside those that other threads
    /// are making waits for them. It does not wait for anything else: traces that were brought to the
    /// GPU for later proofs are in use, and where they leave too little while no other proof is under
    /// way, the error is the same. Whoever brings traces ahead bounds them, see
    /// [`MetalDevice::memory_use`]. The traces are expected to be let go in the course of the proof: a
    /// caller that keeps clones of them needs as much more.
    ///
    /// Where [`EngineOptions::verify`] says so, upstream's verifier sees the proof before it is returned, on
    /// the calling thread, when the GPU's memory is free for the proofs of other threads: two threads that
    /// prove have the one's proof verified beside the other's next. Traces are kept for a second attempt
    /// where there is memory. A proof that is rejected twice is [`MetalError::WrongProof`]. Provers taken from
    /// `engine.prover()` do not verify.
    ///
    /// [`CodePolicy`]: crate::commit::CodePolicy
    fn prove(
        &self,
        pk: &DeviceMultiStarkProvingKey<MetalBackend>,
        ctx: ProvingContext<MetalBackend>,
    ) -> Result<Proof<Self::SC>, MetalError> {
        match self.device.verifies()? {
            true => self.prove_verified(pk, ctx),
            false => self.prove_unseen(pk, ctx, Traces::LetGo),
        }
    }

    /// What upstream's estimate of a proof's memory is to assume of this engine.
    fn proving_memory_config(&self) -> ProvingMemoryConfig {
        let (caches_stacked_matrix, caches_rs_code_matrix, saves_memory) = (false, true, true);
        ProvingMemoryConfig::from_protocol_config(
            self.config(),
            caches_stacked_matrix,
            caches_rs_code_matrix,
            saves_memory,
        )
    }

    fn config(&self) -> &BabyBearPoseidon2Config {
        self.device.config()
    }

    fn device(&self) -> &MetalDevice {
        &self.device
    }

    fn initial_transcript(&self) -> MetalTranscript {
        MetalTranscript::default()
    }

    fn prover_from_transcript(
        &self,
        transcript: MetalTranscript,
    ) -> Coordinator<Self::SC, MetalBackend, MetalDevice, MetalTranscript> {
        Coordinator::new(MetalBackend, self.device.clone(), transcript)
    }
}

#[cfg(test)]
mod tests;
