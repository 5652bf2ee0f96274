//! Proofs of a program's segments.

use std::{sync::Arc, time::Instant};

use openvm_circuit::arch::{instructions::exe::VmExe, ContinuationVmProof};
use openvm_metal_backend::MetalDevice;
use openvm_metal_sdk::{verify_app_proof, Observer};
use openvm_sdk::{
    keygen::{AppProvingKey, AppVerifyingKey},
    CpuSdk, StdIn, F, SC,
};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2CpuEngine, Digest};

use super::{Engine, Proven};
use crate::error::{caught, Error};

type CpuProver = openvm_sdk::prover::AppProver<BabyBearPoseidon2CpuEngine, SdkVmCpuBuilder>;
type GpuProver = openvm_metal_sdk::AppProver<SdkVmCpuBuilder>;

/// Proves one program's segments.
pub struct AppProver {
    prover: Prover,
    verifying_key: AppVerifyingKey,
}

enum Prover {
    Gpu(Box<GpuProver>),
    Cpu(Box<CpuProver>),
}

impl AppProver {
    pub fn new(
        engine: &Engine,
        key: &AppProvingKey<SdkVmConfig>,
        exe: VmExe<F>,
    ) -> Result<Self, Error> {
        let exe = Arc::new(exe);
        let prover = match engine {
            Engine::Gpu { .. } => Prover::Gpu(Box::new(gpu_prover(engine, key, exe)?)),
            Engine::Cpu => caught("setting up the prover", || {
                let sdk = CpuSdk::builder()
                    .app_pk(key.clone())
                    .agg_params(Default::default());
                Ok(Prover::Cpu(Box::new(sdk.build()?.app_prover(exe)?)))
            })?,
        };
        Ok(Self {
            prover,
            verifying_key: key.get_app_vk(),
        })
    }

    /// The commitment to the program.
    pub fn exe_commit(&self) -> Digest {
        match &self.prover {
            Prover::Gpu(prover) => prover.exe_commit(),
            Prover::Cpu(prover) => prover.app_exe_commit(),
        }
    }

    /// A proof that was verified.
    pub fn prove(
        &mut self,
        input: StdIn,
        observer: &mut dyn Observer,
    ) -> Result<Proven<ContinuationVmProof<SC>>, Error> {
        let started = Instant::now();
        let proof = match &mut self.prover {
            Prover::Gpu(prover) => prover.prove(input, observer)?,
            Prover::Cpu(prover) => caught("proving", || Ok(prover.prove(input)?))?,
        };
        let time = started.elapsed();
        verify_app(&self.verifying_key, self.exe_commit(), &proof)?;
        Ok(Proven { proof, time })
    }
}

/// An error if that is no proof of the program with the commitment `exe_commit`.
pub fn verify_app(
    key: &AppVerifyingKey,
    exe_commit: Digest,
    proof: &ContinuationVmProof<SC>,
) -> Result<(), Error> {
    match verify_app_proof(key, proof) {
        Ok(commit) if commit == exe_commit => Ok(()),
        Ok(_) => Err(Error::WrongProof("it is of another program".to_owned())),
        Err(error) => Err(Error::WrongProof(error.to_string())),
    }
}

/// This project's prover, on the engine's GPUs.
///
/// # Panics
/// If the engine is none.
pub fn gpu_prover(
    engine: &Engine,
    key: &AppProvingKey<SdkVmConfig>,
    exe: Arc<VmExe<F>>,
) -> Result<GpuProver, Error> {
    let Engine::Gpu {
        devices, pipeline, ..
    } = engine
    else {
        unreachable!("the engine is a GPU");
    };
    let with_params = |device: &MetalDevice| device.with_params(key.app_vm_pk.get_params());
    let devices: Vec<_> = devices.iter().map(with_params).collect();
    Ok(GpuProver::on_devices(
        SdkVmCpuBuilder,
        key,
        exe,
        &devices,
        pipeline,
    )?)
}
