//! One proof of a program's whole execution.

use std::{sync::Arc, time::Instant};

use openvm_circuit::arch::instructions::exe::VmExe;
use openvm_metal_sdk::Observer;
use openvm_sdk::{
    config::AggregationTreeConfig,
    keygen::{AggProvingKey, AppProvingKey},
    CpuSdk, StdIn, F, SC,
};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder};
use openvm_stark_backend::keygen::types::MultiStarkVerifyingKey;
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2CpuEngine, Digest};
use openvm_verify_stark_host::{vk::VerificationBaseline, VmStarkProof};

use super::{app::gpu_prover, Engine, Proven};
use crate::error::{caught, Error};

type CpuProver = openvm_sdk::prover::StarkProver<BabyBearPoseidon2CpuEngine, SdkVmCpuBuilder>;
type GpuProver = openvm_metal_sdk::StarkProver<SdkVmCpuBuilder>;

/// Proves one program's whole executions.
pub enum StarkProver {
    Gpu(Box<GpuProver>),
    Cpu(Box<CpuProver>),
}

impl StarkProver {
    pub fn new(
        engine: &Engine,
        app_key: &AppProvingKey<SdkVmConfig>,
        agg_key: AggProvingKey,
        tree: AggregationTreeConfig,
        exe: VmExe<F>,
    ) -> Result<Self, Error> {
        let exe = Arc::new(exe);
        match engine {
            Engine::Gpu { .. } => {
                let app = gpu_prover(engine, app_key, exe)?;
                Ok(Self::Gpu(Box::new(GpuProver::new(app, agg_key, tree)?)))
            }
            Engine::Cpu => caught("setting up the prover", || {
                let sdk = CpuSdk::builder().app_pk(app_key.clone()).agg_pk(agg_key);
                let sdk = sdk.agg_tree_config(tree).build()?;
                Ok(Self::Cpu(Box::new(sdk.prover(exe)?)))
            }),
        }
    }

    /// What proofs of the program are verified against.
    pub fn baseline(&self) -> VerificationBaseline {
        match self {
            Self::Gpu(prover) => prover.baseline(),
            Self::Cpu(prover) => prover.generate_baseline(),
        }
    }

    /// The commitment to the VM.
    pub fn vm_commit(&self) -> Digest {
        match self {
            Self::Gpu(prover) => prover.vm_commit(),
            Self::Cpu(prover) => prover.app_vm_commit(),
        }
    }

    /// A proof that was verified.
    pub fn prove(
        &mut self,
        input: StdIn,
        observer: &mut dyn Observer,
    ) -> Result<Proven<VmStarkProof>, Error> {
        let started = Instant::now();
        let proof = match self {
            Self::Gpu(prover) => prover.prove(input, observer)?,
            Self::Cpu(prover) => caught("proving", || {
                let proved = prover.prove(input, &[]);
                Ok(proved.map_err(openvm_sdk::SdkError::from)?.0)
            })?,
        };
        let time = started.elapsed();
        verify_stark(&self.verifying_key(), self.baseline(), &proof)?;
        Ok(Proven { proof, time })
    }

    fn verifying_key(&self) -> Arc<MultiStarkVerifyingKey<SC>> {
        match self {
            Self::Gpu(prover) => prover.verifying_key(),
            Self::Cpu(prover) => prover.agg_prover.internal_recursive_prover.get_vk(),
        }
    }
}

/// An error if that is no proof of the program with this baseline.
pub fn verify_stark(
    key: &MultiStarkVerifyingKey<SC>,
    baseline: VerificationBaseline,
    proof: &VmStarkProof,
) -> Result<(), Error> {
    let verified = caught("verifying", || {
        Ok(CpuSdk::verify_proof(key.clone(), baseline, proof)?)
    });
    verified.map_err(|error| Error::WrongProof(error.to_string()))
}
