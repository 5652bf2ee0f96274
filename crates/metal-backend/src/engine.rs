//! The engine that OpenVM's crates plug in.

use openvm_stark_backend::{prover::Coordinator, StarkEngine, SystemParams};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2Config;

use crate::{gpu::GpuOptions, transcript::MetalTranscript, MetalBackend, MetalDevice, MetalError};

/// Proves SWIRL statements over BabyBear with Poseidon2 on a GPU. `Send + Sync`.
///
/// Its proofs are those of upstream's reference engine for the same statement and verify under
/// upstream's verifier.
#[derive(Clone, Debug)]
pub struct BabyBearPoseidon2MetalEngine {
    device: MetalDevice,
}

impl BabyBearPoseidon2MetalEngine {
    /// An engine on the GPU that the environment chooses, see [`GpuOptions::from_env`].
    pub fn try_new(params: SystemParams) -> Result<Self, MetalError> {
        Self::with_options(params, &GpuOptions::from_env()?)
    }

    /// An engine on the GPU that `options` choose.
    pub fn with_options(params: SystemParams, options: &GpuOptions) -> Result<Self, MetalError> {
        let device = MetalDevice::new(params, options);
        device.gpu()?;
        Ok(Self { device })
    }
}

impl StarkEngine for BabyBearPoseidon2MetalEngine {
    type SC = BabyBearPoseidon2Config;
    type PB = MetalBackend;
    type PD = MetalDevice;
    type TS = MetalTranscript;

    /// Like [`Self::try_new`], but the error comes out of the first proof.
    fn new(params: SystemParams) -> Self {
        let device = match GpuOptions::from_env() {
            Ok(options) => MetalDevice::new(params, &options),
            Err(error) => MetalDevice::with_gpu(params, Err(error.into())),
        };
        Self { device }
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
