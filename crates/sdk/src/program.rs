//! A program with its keys on the device: what all its proofs have in common.

use std::sync::Arc;

use openvm_circuit::arch::{
    execution_mode::Segment, instructions::exe::VmExe, SystemConfig, VirtualMachine, VmBuilder,
};
use openvm_metal_backend::{BabyBearPoseidon2MetalEngine, MetalBackend, MetalDevice};
use openvm_sdk::keygen::AppProvingKey;
use openvm_stark_backend::{
    keygen::types::{MultiStarkVerifyingKey, TraceWidth},
    prover::{
        CommittedTraceData, DeviceDataTransporter, DeviceMultiStarkProvingKey,
        DeviceStarkProvingKey,
    },
    StarkEngine,
};

use crate::{
    panic::caught,
    vm::{transport::HostEngine, MetalVmBuilder, TraceSource},
    Error, GuestVm, F, SC,
};

/// A program's VM on the device.
pub(crate) type Vm<B> = VirtualMachine<BabyBearPoseidon2MetalEngine, MetalVmBuilder<B>>;

/// A proving key on the device.
pub(crate) type DeviceKey = DeviceMultiStarkProvingKey<MetalBackend>;

/// A program, its VM's key and its commitment, all on the device.
pub(crate) struct Program<B: GuestVm> {
    builder: MetalVmBuilder<B>,
    config: <B as VmBuilder<HostEngine>>::VmConfig,
    pub(crate) exe: Arc<VmExe<F>>,
    pub(crate) engine: BabyBearPoseidon2MetalEngine,
    pub(crate) key: DeviceKey,
    pub(crate) verifying_key: Arc<MultiStarkVerifyingKey<SC>>,
    pub(crate) committed: CommittedTraceData<MetalBackend>,
    /// Of the AIRs in the order of the key.
    pub(crate) trace_sources: Arc<[TraceSource]>,
}

impl<B: GuestVm> Program<B> {
    pub(crate) fn new(
        builder: MetalVmBuilder<B>,
        key: &AppProvingKey<B::VmConfig>,
        exe: Arc<VmExe<F>>,
        device: &MetalDevice,
        segment_max_memory_bytes: u64,
    ) -> Result<Self, Error> {
        let mut config = key.vm_config().clone();
        let system: &mut SystemConfig = config.as_mut();
        let max_memory = usize::try_from(segment_max_memory_bytes).unwrap_or(usize::MAX);
        system.set_segmentation_max_memory(max_memory);
        let key = &key.app_vm_pk.vm_pk;
        let device = device.with_params(key.params.clone());
        let engine = BabyBearPoseidon2MetalEngine::with_device(device);
        let device_key = engine.device().transport_pk_to_device(key);
        let trace_sources = builder.trace_sources(&config, engine.device())?;
        check_widths(&device_key, &trace_sources)?;
        if !builder.kernels.is_empty() {
            let kernels = trace_sources.iter().filter_map(TraceSource::kernel);
            engine.device().compile_trace_kernels(kernels.cloned());
        }
        let vm: Vm<B> = VirtualMachine::new(
            engine.clone(),
            builder.clone(),
            config.clone(),
            share(&device_key),
        )?;
        let commit = || Ok(vm.commit_program_on_device(&exe.program));
        let committed = caught(|| "committing to the program".to_owned(), commit)?;
        Ok(Self {
            builder,
            trace_sources: trace_sources.into(),
            config,
            engine,
            key: device_key,
            verifying_key: Arc::new(key.get_vk()),
            committed,
            exe,
        })
    }

    pub(crate) fn config(&self) -> &B::VmConfig {
        &self.config
    }

    /// A VM with chips of its own, for one thread, that shares the key and the program on the device.
    pub(crate) fn vm(&self) -> Result<Vm<B>, Error> {
        let mut vm = VirtualMachine::new(
            self.engine.clone(),
            self.builder.clone(),
            self.config.clone(),
            share(&self.key),
        )?;
        vm.load_program(self.committed.clone());
        Ok(vm)
    }

    /// Bytes of a segment's traces, on the host and again on the device.
    pub(crate) fn trace_bytes(&self, segment: &Segment) -> u64 {
        let airs = self.key.per_air.iter();
        trace_bytes(airs.map(|air| &air.vk.params.width), segment)
    }
}

/// Kernels make as many columns as the AIRs have.
fn check_widths(key: &DeviceKey, sources: &[TraceSource]) -> Result<(), Error> {
    for (air, source) in key.per_air.iter().zip(sources) {
        let found = air.vk.params.width.main_width();
        if let Some(kernel) = source.kernel().filter(|kernel| kernel.width() != found) {
            return Err(Error::TraceKernel {
                air: air.air_name.clone(),
                what: "columns",
                expected: kernel.width(),
                found,
            });
        }
    }
    Ok(())
}

/// Bytes of a segment's traces, of AIRs of these widths.
pub(crate) fn trace_bytes<'w>(
    widths: impl Iterator<Item = &'w TraceWidth>,
    segment: &Segment,
) -> u64 {
    let cells = segment.trace_heights.iter().zip(widths);
    let cells = cells.map(|(&height, width)| {
        let height = match height {
            0 => 0,
            height => u64::from(height).next_power_of_two(),
        };
        height * width.main_width() as u64
    });
    cells.sum::<u64>() * size_of::<F>() as u64
}

/// The same key on the device, for another owner.
fn share(key: &DeviceKey) -> DeviceKey {
    let air = |air: &DeviceStarkProvingKey<MetalBackend>| DeviceStarkProvingKey {
        air_name: air.air_name.clone(),
        vk: air.vk.clone(),
        preprocessed_data: air.preprocessed_data.clone(),
        other_data: air.other_data.clone(),
    };
    DeviceMultiStarkProvingKey {
        per_air: key.per_air.iter().map(air).collect(),
        trace_height_constraints: key.trace_height_constraints.clone(),
        max_constraint_degree: key.max_constraint_degree,
        params: key.params.clone(),
        vk_pre_hash: key.vk_pre_hash,
    }
}
