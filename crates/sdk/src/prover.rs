//! What users call: proofs of a program's segments, and one proof of all of it.

use std::{slice, sync::Arc};

use openvm_circuit::{
    arch::{instructions::exe::VmExe, ContinuationVmProof, SystemConfig},
    system::program::trace::compute_exe_commit_from_mem_config,
};
use openvm_metal_backend::MetalDevice;
use openvm_sdk::{
    config::{AggregationConfig, AggregationSystemParams, AggregationTreeConfig},
    keygen::{AggPrefixProvingKey, AggProvingKey, AppProvingKey},
    prover::AggProver,
    StdIn,
};
use openvm_stark_backend::keygen::types::MultiStarkVerifyingKey;
use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;
use openvm_verify_stark_host::{vk::VerificationBaseline, VmStarkProof};

use crate::{
    aggregation::Circuits,
    panic::caught,
    pipeline::{Observer, Pipeline, PipelineOptions, Plan},
    program::Program,
    vm::MetalVmBuilder,
    Error, GuestVm, F, SC,
};

/// Proves one program, with any input: each segment of its execution by itself.
///
/// Setting it up brings the program and the VM's key to the device; proofs share that.
pub struct AppProver<B: GuestVm> {
    pipeline: Pipeline<B>,
}

impl<B: GuestVm> AppProver<B> {
    /// A prover for `exe` on `device`.
    ///
    /// `builder` is upstream's for its CPU prover, such as `SdkVmCpuBuilder`, and `key` that of its VM,
    /// made by whichever `keygen`.
    ///
    /// # Errors
    /// [`Error::Program`] if the VM lacks instructions of the program, and whatever the device or the VM's
    /// configuration refuse.
    pub fn new(
        builder: B,
        key: &AppProvingKey<B::VmConfig>,
        exe: Arc<VmExe<F>>,
        device: &MetalDevice,
        options: &PipelineOptions,
    ) -> Result<Self, Error> {
        Self::on_devices(builder, key, exe, slice::from_ref(device), options)
    }

    /// A prover for `exe` on several devices, which share the segments of each proof; otherwise as [`Self::new`].
    /// Events name a device by its place in `devices`.
    ///
    /// When one is lost, the others are given its work; a proof fails when the last of them is lost.
    ///
    /// # Errors
    /// Those of [`Self::new`], and [`Error::NoDevice`].
    pub fn on_devices(
        builder: B,
        key: &AppProvingKey<B::VmConfig>,
        exe: Arc<VmExe<F>>,
        devices: &[MetalDevice],
        options: &PipelineOptions,
    ) -> Result<Self, Error> {
        if devices.is_empty() {
            return Err(Error::NoDevice);
        }
        let memory = devices.iter().map(MetalDevice::memory_use);
        let memory = memory.map(|memory| Ok(memory?.available_bytes));
        let plan = Plan::new(options, &memory.collect::<Result<Vec<_>, Error>>()?)?;
        let builder = MetalVmBuilder {
            host: builder,
            kernels: options.trace_kernels.clone(),
        };
        let on_device = |device| {
            let bytes = plan.segment_max_memory_bytes;
            let program = Program::new(builder.clone(), key, exe.clone(), device, bytes)?;
            Ok(Arc::new(program))
        };
        let programs: Vec<_> = devices
            .iter()
            .map(on_device)
            .collect::<Result<_, Error>>()?;
        let pipeline = Pipeline::new(programs, plan);
        let program = pipeline.program();
        // A program with an instruction that the VM lacks cannot be executed at all.
        program.vm()?.preflight_interpreter(&program.exe)?;
        Ok(Self { pipeline })
    }

    /// Proves the program with `input`, and tells `observer` how it comes along.
    ///
    /// The proof is of upstream's type, and `openvm_sdk::prover::verify_app_proof` verifies it.
    ///
    /// # Errors
    /// [`Error::GuestFailed`] and [`Error::Execution`] if the program does not end well, [`Error::Prover`]
    /// if the engine fails, for want of memory or because the last device was lost, and [`Error::Deferrals`].
    pub fn prove(
        &mut self,
        input: StdIn,
        observer: &mut dyn Observer,
    ) -> Result<ContinuationVmProof<SC>, Error> {
        refuse_deferrals(&input)?;
        let proofs = self.pipeline.prove(input, None, observer)?;
        Ok(ContinuationVmProof {
            per_segment: proofs.proofs,
            user_public_values: proofs.user_public_values,
        })
    }

    /// The commitment to the program, as upstream's `AppProver::app_exe_commit`.
    pub fn exe_commit(&self) -> Digest {
        let program = self.pipeline.program();
        let memory_config = &program.config().as_ref().memory_config;
        let commitment = &program.committed.commitment;
        compute_exe_commit_from_mem_config(commitment, &program.exe, memory_config)
    }

    pub(crate) fn into_program(self) -> Arc<Program<B>> {
        self.pipeline.into_program()
    }
}

/// Proves one program, with any input: one proof of its whole execution.
pub struct StarkProver<B: GuestVm> {
    app: AppProver<B>,
    circuits: Circuits,
}

impl<B: GuestVm> StarkProver<B> {
    /// A prover that aggregates what `app` proves, in circuits with the key `key` on the same devices;
    /// [`aggregation_keygen`] or `cargo openvm keygen` and `setup` make one.
    ///
    /// # Errors
    /// [`Error::Tree`] for a tree that does not end in one proof; [`Error::Panicked`] if the key does not
    /// fit that of the program.
    pub fn new(
        app: AppProver<B>,
        key: AggProvingKey,
        tree: AggregationTreeConfig,
    ) -> Result<Self, Error> {
        let verifying_key = app.pipeline.program().verifying_key.clone();
        let circuits = Circuits::new(verifying_key, key, tree, app.pipeline.devices().cloned())?;
        Ok(Self { app, circuits })
    }

    /// Proves the program with `input`, and tells `observer` how it comes along.
    ///
    /// The proof is of upstream's type; `openvm_sdk::GenericSdk::verify_proof` verifies it against
    /// [`Self::baseline`] and the verifying key of the internal-recursive circuit.
    ///
    /// # Errors
    /// Those of [`AppProver::prove`].
    pub fn prove(
        &mut self,
        input: StdIn,
        observer: &mut dyn Observer,
    ) -> Result<VmStarkProof, Error> {
        refuse_deferrals(&input)?;
        let proofs = self
            .app
            .pipeline
            .prove(input, Some(&self.circuits), observer)?;
        let Some(inner) = proofs.proofs.into_iter().next() else {
            unreachable!("an aggregation tree has one root");
        };
        Ok(VmStarkProof {
            inner,
            user_pvs_proof: proofs.user_public_values,
            deferral_merkle_proofs: None,
        })
    }

    /// What a proof of this program is verified against. It does not depend on the input.
    pub fn baseline(&self) -> VerificationBaseline {
        let config = self.app.pipeline.program().config().as_ref();
        baseline(config, self.app.exe_commit(), &self.circuits.host)
    }

    /// The commitment to the VM, as upstream's `StarkProver::app_vm_commit`.
    pub fn vm_commit(&self) -> Digest {
        self.circuits.host.vm_or_hook_commit()
    }

    /// The key that verifies proofs of any program.
    pub fn verifying_key(&self) -> Arc<MultiStarkVerifyingKey<SC>> {
        self.circuits.host.internal_recursive_prover.get_vk()
    }

    pub(crate) fn into_parts(self) -> (AppProver<B>, Circuits) {
        (self.app, self.circuits)
    }
}

/// What proofs of a program with the commitment `exe_commit` are verified against.
pub(crate) fn baseline(
    config: &SystemConfig,
    exe_commit: Digest,
    aggregation: &AggProver,
) -> VerificationBaseline {
    let AggProver {
        leaf_prover,
        internal_for_leaf_prover,
        internal_recursive_prover,
        ..
    } = aggregation;
    VerificationBaseline {
        app_exe_commit: exe_commit,
        memory_dimensions: config.memory_config.memory_dimensions(),
        num_user_pvs: config.num_public_values,
        app_vk_commit: leaf_prover.get_vk_commit(false),
        leaf_vk_commit: internal_for_leaf_prover.get_vk_commit(false),
        internal_for_leaf_vk_commit: internal_recursive_prover.get_vk_commit(false),
        internal_recursive_vk_commit: internal_recursive_prover.get_vk_commit(true),
        expected_def_hook_commit: None,
    }
}

/// Keys of the aggregation circuits over a VM with the key `app`.
///
/// # Errors
/// [`Error::Panicked`] if the parameters do not fit each other.
pub fn aggregation_keygen<VC>(
    app: &AppProvingKey<VC>,
    params: AggregationSystemParams,
) -> Result<AggProvingKey, Error> {
    let app_vk = Arc::new(app.app_vm_pk.vm_pk.get_vk());
    let config = AggregationConfig { params };
    let make = || {
        Ok(AggProver::new(
            app_vk,
            config,
            AggregationTreeConfig::default(),
            None,
        ))
    };
    let host = caught(|| "making aggregation keys".to_owned(), make)?;
    Ok(AggProvingKey {
        prefix: AggPrefixProvingKey {
            leaf: host.leaf_prover.get_pk(),
            internal_for_leaf: host.internal_for_leaf_prover.get_pk(),
        },
        internal_recursive: host.internal_recursive_prover.get_pk(),
    })
}

pub(crate) fn refuse_deferrals(input: &StdIn) -> Result<(), Error> {
    match input.deferrals.is_empty() {
        true => Ok(()),
        false => Err(Error::Deferrals),
    }
}
