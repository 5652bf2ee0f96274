//! A chip whose trace is made on the host and proven on the device.

use std::sync::Arc;

use openvm_circuit::{arch::ChipInventory, primitives::Chip};
use openvm_metal_backend::{MetalBackend, MetalDevice};
use openvm_stark_backend::prover::AirProvingContext;

use super::transport::{upload, Host};
use crate::SC;

/// One chip of an inventory of host chips, which has no other way to it than its place.
pub(super) struct HostChip<RA> {
    pub(super) inventory: Arc<ChipInventory<SC, RA, Host>>,
    pub(super) insertion_index: usize,
    pub(super) device: MetalDevice,
}

impl<RA> Chip<RA, MetalBackend> for HostChip<RA> {
    fn generate_proving_ctx(&self, records: RA) -> AirProvingContext<MetalBackend> {
        let chip = &self.inventory.chips()[self.insertion_index];
        let ctx = chip.generate_proving_ctx(records);
        assert!(
            ctx.cached_mains.is_empty(),
            "only the program and verifier circuits have cached traces"
        );
        upload(&self.device, ctx, vec![])
    }

    fn constant_trace_height(&self) -> Option<usize> {
        self.inventory.chips()[self.insertion_index].constant_trace_height()
    }
}
