//! Which of a VM's traces are made on the device, and how.

use std::sync::Arc;

use openvm_circuit::{
    arch::{ChipInventory, VirtualMachineError, VmBuilder, VmCircuitConfig},
    system::{poseidon2::Poseidon2PeripheryChip, SystemChipInventory},
};
use openvm_metal_backend::MetalDevice;

use super::{
    builder::MetalVmBuilder,
    lookups::{ChipLookups, LookupChip, VmLookups},
    records::{RecordSource, TraceSource},
    trace_kernels::{ChipKernel, Follower},
    transport::{Host, HostArena, HostEngine},
};
use crate::{F, SC};

/// How a host chip's trace is made on the device.
pub(super) enum DeviceTrace {
    Rows(ChipKernel, ChipLookups),
    /// From the records of the chip that was inserted after it.
    FollowerRows(Follower, ChipLookups),
    Table(Arc<LookupChip>),
    Hashes(Arc<Poseidon2PeripheryChip<F>>),
}

impl<B> MetalVmBuilder<B>
where
    B: VmBuilder<HostEngine, SystemChipInventory = SystemChipInventory<SC>>,
{
    /// How the trace of chip number `index` is made on the device, if it is.
    pub(super) fn device_trace(
        &self,
        chips: &ChipInventory<SC, HostArena<B>, Host>,
        lookups: &VmLookups,
        index: usize,
    ) -> Option<DeviceTrace> {
        if self.kernels.is_empty() {
            return None;
        }
        let chip = chips.chips()[index].as_any();
        if let Some(table) = lookups.find(chip) {
            return Some(DeviceTrace::Table(table));
        }
        if let Some(hasher) = chip.downcast_ref::<Arc<Poseidon2PeripheryChip<F>>>() {
            return Some(DeviceTrace::Hashes(hasher.clone()));
        }
        if let Some(kernel) = self.kernels.find(chip) {
            let follows = |before| self.follower(chips, before).is_some();
            let is_whole = kernel.follower.is_none() || index.checked_sub(1).is_some_and(follows);
            let lookups = lookups.of_chip(chip, &kernel)?;
            return is_whole.then_some(DeviceTrace::Rows(kernel, lookups));
        }
        let (leader, follower) = self.follower(chips, index)?;
        let lookups = lookups.of_chip(chip, &leader)?;
        Some(DeviceTrace::FollowerRows(follower, lookups))
    }

    /// How the trace of chip number `index` is made from the records of the next chip, and how that one's is, if they are
    /// such a pair.
    fn follower(
        &self,
        chips: &ChipInventory<SC, HostArena<B>, Host>,
        index: usize,
    ) -> Option<(ChipKernel, Follower)> {
        let leader = self.kernels.find(chips.chips().get(index + 1)?.as_any())?;
        let follower = leader.follower.clone()?;
        let air = chips.airs().ext_airs().get(index)?.name();
        air.starts_with(follower.air).then_some((leader, follower))
    }

    /// The VM's tables, if there are kernels to look up in them.
    pub(super) fn lookups(
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
            Some(DeviceTrace::Rows(chip, _)) => TraceSource::Records(RecordSource {
                kernel: chip.kernel,
                is_sized: chip.is_sized,
            }),
            Some(DeviceTrace::FollowerRows(follower, _)) => TraceSource::Handoff(follower.kernel),
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
