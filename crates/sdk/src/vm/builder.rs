//! Any VM that is written for upstream's CPU prover, for the device.

use std::{mem, sync::Arc};

use openvm_circuit::{
    arch::{
        AirInventory, ChipInventory, ChipInventoryError, Executor, MeteredExecutor,
        PreflightExecutor, RowMajorMatrixArena, VmBuilder, VmChipComplex, VmExecutionConfig,
    },
    system::{poseidon2::Poseidon2PeripheryChip, SystemChipInventory},
};
use openvm_metal_backend::{BabyBearPoseidon2MetalEngine, MetalBackend, MetalDevice, VmBits};

use super::{
    chip::{DeviceChip, HostChip, RecordOwner},
    device_trace::DeviceTrace,
    handoff::Handoff,
    records::ChipRecords,
    system::{AskedHashes, DeviceHasher, DeviceSystem, HostSystem, MetalSystem, SystemTraces},
    trace_kernels::TraceKernels,
    transport::{HostArena, HostEngine},
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
        // Between a chip and the next one.
        let mut handoff = Arc::<Handoff>::default();
        for insertion_index in 0..host.chips().len() {
            let chip = HostChip {
                inventory: host.clone(),
                insertion_index,
                device: device.clone(),
            };
            let device_chip = match self.device_trace(&host, &lookups, insertion_index) {
                None => {
                    inventory.add_periphery_chip(chip);
                    continue;
                }
                Some(DeviceTrace::Table(table)) => {
                    inventory.add_periphery_chip(table);
                    continue;
                }
                Some(DeviceTrace::Hashes(host)) => {
                    inventory.add_periphery_chip(DeviceHasher {
                        host,
                        asked: asked.clone(),
                        device: device.clone(),
                    });
                    continue;
                }
                Some(DeviceTrace::FollowerRows(follower, lookups)) => DeviceChip {
                    host: chip,
                    kernel: follower.kernel,
                    kernel_records: follower.records,
                    owner: RecordOwner::Other(handoff.clone()),
                    lookups,
                    bits,
                },
                Some(DeviceTrace::Rows(kernel, lookups)) => DeviceChip {
                    host: chip,
                    kernel: kernel.kernel,
                    kernel_records: kernel.records,
                    owner: match kernel.follower {
                        None => RecordOwner::Own,
                        // The next pair has another one.
                        Some(_) => RecordOwner::Shared(mem::take(&mut handoff)),
                    },
                    lookups,
                    bits,
                },
            };
            inventory.add_periphery_chip(device_chip);
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
