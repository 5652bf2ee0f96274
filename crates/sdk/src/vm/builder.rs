//! Any VM that is written for upstream's CPU prover, for the device.

use std::sync::Arc;

use openvm_circuit::{
    arch::{
        AirInventory, ChipInventory, ChipInventoryError, Executor, MeteredExecutor,
        PreflightExecutor, RowMajorMatrixArena, VmBuilder, VmChipComplex, VmExecutionConfig,
    },
    system::{poseidon2::Poseidon2PeripheryChip, SystemChipInventory},
};
use openvm_metal_backend::{BabyBearPoseidon2MetalEngine, MetalBackend, MetalDevice};

use super::{
    chip::HostChip,
    system::MetalSystem,
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
                          + PreflightExecutor<F, HostArena<Self>>
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
                              + PreflightExecutor<F, HostArena<Self>>
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

/// Builds the VM of `B`, a builder for upstream's CPU prover, for the GPU engine: its chips make
/// their traces on the host, and every trace goes to the engine's device as soon as it is made.
///
/// Extensions need nothing for it: whatever `B` has chips for is proven.
#[derive(Clone, Copy, Debug, Default)]
pub struct MetalVmBuilder<B>(pub B);

impl<B> VmBuilder<BabyBearPoseidon2MetalEngine> for MetalVmBuilder<B>
where
    B: VmBuilder<HostEngine, SystemChipInventory = SystemChipInventory<SC>>,
    HostArena<B>: RowMajorMatrixArena<F> + 'static,
{
    type VmConfig = B::VmConfig;
    type RecordArena = B::RecordArena;
    type SystemChipInventory = MetalSystem;

    fn create_chip_complex(
        &self,
        config: &B::VmConfig,
        circuit: AirInventory<SC>,
        device: &MetalDevice,
    ) -> Result<VmChipComplex<SC, B::RecordArena, MetalBackend, MetalSystem>, ChipInventoryError>
    {
        let host = self.0.create_chip_complex(config, circuit, &())?;
        let hasher = host.inventory.find_chip::<Arc<Poseidon2PeripheryChip<F>>>();
        let hasher = hasher.into_iter().next().cloned();
        let hasher = hasher.ok_or_else(|| ChipInventoryError::ChipNotFound {
            name: "Poseidon2PeripheryChip".to_owned(),
        })?;
        let memory_config = &config.as_ref().memory_config;
        let system = MetalSystem::new(host.system, memory_config, hasher, device.clone());
        let host = Arc::new(host.inventory);
        let mut inventory = ChipInventory::new(host.airs().clone());
        for insertion_index in 0..host.chips().len() {
            inventory.add_periphery_chip(HostChip {
                inventory: host.clone(),
                insertion_index,
                device: device.clone(),
            });
        }
        inventory.executor_idx_to_insertion_idx = host.executor_idx_to_insertion_idx.clone();
        Ok(VmChipComplex { system, inventory })
    }
}
