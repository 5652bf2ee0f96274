//! Any VM that is written for upstream's CPU prover, for the device.

use std::sync::Arc;

use openvm_circuit::{
    arch::{
        AirInventory, ChipInventory, ChipInventoryError, Executor, MeteredExecutor,
        PreflightExecutor, RowMajorMatrixArena, VirtualMachineError, VmBuilder, VmChipComplex,
        VmCircuitConfig, VmExecutionConfig,
    },
    system::{poseidon2::Poseidon2PeripheryChip, SystemChipInventory},
};
use openvm_metal_backend::{BabyBearPoseidon2MetalEngine, MetalBackend, MetalDevice, VmBits};

use super::{
    chip::{DeviceChip, HostChip},
    lookups::{ChipLookups, LookupChip, VmLookups},
    records::{ChipRecords, TraceSource},
    system::{AskedHashes, DeviceHasher, DeviceSystem, HostSystem, MetalSystem, SystemTraces},
    trace_kernels::{ChipKernel, TraceKernels},
    transport::{Host, HostArena, HostEngine},
};
use crate::{F, SC};

/// A VM that can be proven: a builder of chips for upstream's CPU prover, with a configuration whose
/// instructions can be executed in every mode.
///
/// Implemented for all such builders: those of upstream's VMs and extensions, and one's own.
pub trait GuestVm:
    VmBuilder<
        HostEngine,
        VmConfig: VmExecutionConfig<
            F,
            Executor: Executor<F>
                          + MeteredExecutor<F>
                          + PreflightExecutor<F, ChipRecords<HostArena<Self>>>
                          + Send
                          + Sync,
        > + Send
                      + Sync
                      + 'static,
        RecordArena: RowMajorMatrixArena<F> + Send + 'static,
        SystemChipInventory = SystemChipInventory<SC>,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

impl<B> GuestVm for B where
    B: VmBuilder<
            HostEngine,
            VmConfig: VmExecutionConfig<
                F,
                Executor: Executor<F>
                              + MeteredExecutor<F>
                              + PreflightExecutor<F, ChipRecords<HostArena<Self>>>
                              + Send
                              + Sync,
            > + Send
                          + Sync
                          + 'static,
            RecordArena: RowMajorMatrixArena<F> + Send + 'static,
            SystemChipInventory = SystemChipInventory<SC>,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

/// Builds the VM of `host`, a builder for upstream's CPU prover, for the GPU engine: its chips make their traces on
/// the host, or kernels do on the engine's device; and every trace goes to the device as soon as it is made.
///
/// Extensions need nothing for it: whatever the builder has chips for is proven.
#[derive(Clone, Debug, Default)]
pub struct MetalVmBuilder<B> {
    /// The builder.
    pub host: B,
    /// The kernels.
    pub kernels: TraceKernels,
}

/// How a host chip's trace is made on the device.
enum DeviceTrace<'k> {
    Rows(&'k ChipKernel, ChipLookups),
    Table(Arc<LookupChip>),
    Hashes(Arc<Poseidon2PeripheryChip<F>>),
}

impl<B> MetalVmBuilder<B>
where
    B: VmBuilder<HostEngine, SystemChipInventory = SystemChipInventory<SC>>,
{
    /// How the trace of chip number `index` is made on the device, if it is.
    fn device_trace(
        &self,
        chips: &ChipInventory<SC, HostArena<B>, Host>,
        lookups: &VmLookups,
        index: usize,
    ) -> Option<DeviceTrace<'_>> {
        let chip = chips.chips()[index].as_any();
        if self.kernels.is_empty() {
            return None;
        }
        if let Some(table) = lookups.find(chip) {
            return Some(DeviceTrace::Table(table));
        }
        if let Some(hasher) = chip.downcast_ref::<Arc<Poseidon2PeripheryChip<F>>>() {
            return Some(DeviceTrace::Hashes(hasher.clone()));
        }
        let kernel = self.kernels.find(chip)?;
        let lookups = lookups.of_chip(chip, kernel)?;
        Some(DeviceTrace::Rows(kernel, lookups))
    }

    /// The VM's tables, if there are kernels to look up in them.
    fn lookups(
        &self,
        chips: &ChipInventory<SC, HostArena<B>, Host>,
        device: &MetalDevice,
    ) -> VmLookups {
        match self.kernels.is_empty() {
            true => VmLookups::default(),
            false => VmLookups::new(chips, device),
        }
    }

    /// Where the traces of a VM's AIRs are made, in the order of its key.
    pub(crate) fn trace_sources(
        &self,
        config: &B::VmConfig,
        device: &MetalDevice,
    ) -> Result<Vec<TraceSource>, VirtualMachineError> {
        let host = self
            .host
            .create_chip_complex(config, config.create_airs()?, &())?;
        let chips = host.inventory;
        let lookups = self.lookups(&chips, device);
        let source = |index| match self.device_trace(&chips, &lookups, index) {
            None => TraceSource::Host,
            Some(DeviceTrace::Table(_)) => TraceSource::Lookups,
            Some(DeviceTrace::Hashes(_)) => TraceSource::System,
            Some(DeviceTrace::Rows(kernel, _)) => TraceSource::Records {
                n_words: kernel.kernel.record_words(),
            },
        };
        let system = match self.kernels.is_empty() {
            true => TraceSource::Host,
            false => TraceSource::System,
        };
        let system = vec![system; config.as_ref().num_airs()];
        let extensions = (0..chips.chips().len()).rev().map(source);
        Ok(system.into_iter().chain(extensions).collect())
    }
}

impl<B> VmBuilder<BabyBearPoseidon2MetalEngine> for MetalVmBuilder<B>
where
    B: VmBuilder<HostEngine, SystemChipInventory = SystemChipInventory<SC>>,
    HostArena<B>: RowMajorMatrixArena<F> + 'static,
{
    type VmConfig = B::VmConfig;
    type RecordArena = ChipRecords<B::RecordArena>;
    type SystemChipInventory = MetalSystem;

    fn create_chip_complex(
        &self,
        config: &B::VmConfig,
        circuit: AirInventory<SC>,
        device: &MetalDevice,
    ) -> Result<
        VmChipComplex<SC, ChipRecords<B::RecordArena>, MetalBackend, MetalSystem>,
        ChipInventoryError,
    > {
        let host = self.host.create_chip_complex(config, circuit, &())?;
        let memory_config = &config.as_ref().memory_config;
        let bits = VmBits {
            timestamp: memory_config.timestamp_max_bits as u32,
            pointer: memory_config.pointer_max_bits as u32,
        };
        let (system, host) = (host.system, Arc::new(host.inventory));
        let lookups = self.lookups(&host, device);
        let asked = Arc::<AskedHashes>::default();
        let system = match self.kernels.is_empty() {
            true => {
                let hasher = host.find_chip::<Arc<Poseidon2PeripheryChip<F>>>();
                let hasher = there_is(hasher.into_iter().next(), "Poseidon2PeripheryChip")?;
                let hasher = hasher.clone();
                SystemTraces::Host(HostSystem::new(
                    system,
                    memory_config,
                    hasher,
                    device.clone(),
                ))
            }
            false => SystemTraces::Device(DeviceSystem::new(
                memory_config,
                there_is(lookups.range(), "VariableRangeCheckerChip")?.clone(),
                bits,
                asked.clone(),
                device.clone(),
            )),
        };
        let system = MetalSystem::new(system);
        let mut inventory = ChipInventory::new(host.airs().clone());
        for insertion_index in 0..host.chips().len() {
            let chip = HostChip {
                inventory: host.clone(),
                insertion_index,
                device: device.clone(),
            };
            match self.device_trace(&host, &lookups, insertion_index) {
                None => inventory.add_periphery_chip(chip),
                Some(DeviceTrace::Table(table)) => inventory.add_periphery_chip(table),
                Some(DeviceTrace::Hashes(host)) => inventory.add_periphery_chip(DeviceHasher {
                    host,
                    asked: asked.clone(),
                    device: device.clone(),
                }),
                Some(DeviceTrace::Rows(kernel, lookups)) => {
                    inventory.add_periphery_chip(DeviceChip {
                        host: chip,
                        kernel: kernel.clone(),
                        lookups,
                        bits,
                    });
                }
            }
        }
        inventory.executor_idx_to_insertion_idx = host.executor_idx_to_insertion_idx.clone();
        Ok(VmChipComplex { system, inventory })
    }
}

/// A chip that every VM has.
fn there_is<C>(chip: Option<C>, name: &str) -> Result<C, ChipInventoryError> {
    chip.ok_or_else(|| ChipInventoryError::ChipNotFound {
        name: name.to_owned(),
    })
}
