//! Chips of a VM whose proofs are made on the device.

use std::{borrow::Cow, sync::Arc};

use openvm_circuit::{
    arch::{ChipInventory, RowMajorMatrixArena},
    primitives::Chip,
};
use openvm_metal_backend::{MetalBackend, MetalDevice, MetalMatrix, TraceKernel, VmBits};
use openvm_stark_backend::prover::AirProvingContext;
use tracing::debug_span;

use super::{
    handoff::Handoff,
    lookups::ChipLookups,
    records::ChipRecords,
    transport::{upload, Host},
};
use crate::{F, SC};

/// A chip whose trace is made on the host: one of an inventory of host chips, which has no other way to it than its
/// place.
pub(super) struct HostChip<H> {
    pub(super) inventory: Arc<ChipInventory<SC, H, Host>>,
    pub(super) insertion_index: usize,
    pub(super) device: MetalDevice,
}

impl<H> HostChip<H> {
    fn trace(&self, records: H) -> AirProvingContext<MetalBackend> {
        let chip = &self.inventory.chips()[self.insertion_index];
        let ctx = chip.generate_proving_ctx(records);
        assert!(
            ctx.cached_mains.is_empty(),
            "only the program and verifier circuits have cached traces"
        );
        upload(&self.device, ctx, vec![])
    }
}

impl<H> Chip<ChipRecords<H>, MetalBackend> for HostChip<H> {
    fn generate_proving_ctx(&self, records: ChipRecords<H>) -> AirProvingContext<MetalBackend> {
        match records {
            ChipRecords::Host(records) => self.trace(records),
            ChipRecords::Packed(_) => panic!("packed records for a chip that has no kernel"),
        }
    }

    fn constant_trace_height(&self) -> Option<usize> {
        self.inventory.chips()[self.insertion_index].constant_trace_height()
    }
}

/// A chip whose trace a kernel makes, from packed records; from others it is made on the host.
pub(super) struct DeviceChip<H> {
    pub(super) host: HostChip<H>,
    pub(super) kernel: TraceKernel,
    /// The kernel's records from packed ones.
    pub(super) kernel_records: fn(&[u32]) -> Cow<'_, [u32]>,
    pub(super) owner: RecordOwner,
    pub(super) lookups: ChipLookups,
    pub(super) bits: VmBits,
}

/// Whose records a chip's trace is made from.
pub(super) enum RecordOwner {
    /// Its own.
    Own,
    /// Its own, which are then another chip's.
    Shared(Arc<Handoff>),
    /// Those that another chip leaves.
    Other(Arc<Handoff>),
}

impl<H: RowMajorMatrixArena<F>> Chip<ChipRecords<H>, MetalBackend> for DeviceChip<H> {
    fn generate_proving_ctx(&self, records: ChipRecords<H>) -> AirProvingContext<MetalBackend> {
        let records = match (&self.owner, records) {
            (RecordOwner::Other(handoff), _) => match handoff.take() {
                Some(records) => records,
                // The other chip was traced on the host.
                None => return self.host.trace(H::with_capacity(0, self.kernel.width())),
            },
            (_, ChipRecords::Host(records)) => return self.host.trace(records),
            (_, ChipRecords::Packed(records)) => records,
        };
        let trace = self.trace(&(self.kernel_records)(records.words()));
        if let RecordOwner::Shared(handoff) = &self.owner {
            handoff.put(records);
        }
        AirProvingContext::simple_no_pis(trace)
    }

    fn constant_trace_height(&self) -> Option<usize> {
        self.host.constant_trace_height()
    }
}

impl<H> DeviceChip<H> {
    fn trace(&self, words: &[u32]) -> MetalMatrix {
        let span = debug_span!("trace_from_records", bytes = size_of_val(words));
        let (device, lookups) = (&self.host.device, self.lookups.counts());
        span.in_scope(|| device.trace_from_records(&self.kernel, words, self.bits, lookups))
    }
}
