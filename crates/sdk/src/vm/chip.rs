//! Chips of a VM whose proofs are made on the device.

use std::sync::Arc;

use openvm_circuit::{
    arch::{ChipInventory, RowMajorMatrixArena},
    primitives::Chip,
};
use openvm_metal_backend::{MetalBackend, MetalDevice, VmBits};
use openvm_stark_backend::prover::AirProvingContext;
use tracing::debug_span;

use super::{
    lookups::ChipLookups,
    records::ChipRecords,
    trace_kernels::ChipKernel,
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
    pub(super) kernel: ChipKernel,
    pub(super) lookups: ChipLookups,
    pub(super) bits: VmBits,
}

impl<H: RowMajorMatrixArena<F>> Chip<ChipRecords<H>, MetalBackend> for DeviceChip<H> {
    fn generate_proving_ctx(&self, records: ChipRecords<H>) -> AirProvingContext<MetalBackend> {
        let records = match records {
            ChipRecords::Host(records) => return self.host.trace(records),
            ChipRecords::Packed(records) => records,
        };
        let words = (self.kernel.records)(records.words());
        let span = debug_span!("trace_from_records", bytes = size_of_val(&words[..]));
        let kernel = self.kernel.kernel;
        AirProvingContext::simple_no_pis(span.in_scope(|| {
            let lookups = self.lookups.counts();
            self.host
                .device
                .trace_from_records(kernel, &words, self.bits, lookups)
        }))
    }

    fn constant_trace_height(&self) -> Option<usize> {
        self.host.constant_trace_height()
    }
}
