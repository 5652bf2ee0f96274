//! The system's traces: program, connector, and the guest's memory.

use openvm_circuit::{
    arch::PROGRAM_AIR_ID,
    system::{
        memory::{online::GuestMemory, CHUNK},
        SystemChipComplex, SystemChipInventory, SystemRecords, SystemWithFixedTraceHeights,
    },
};
use openvm_metal_backend::{MetalBackend, MetalDevice};
use openvm_stark_backend::prover::{AirProvingContext, CommittedTraceData};

use super::{
    memory_image,
    transport::{stand_in, upload, Host},
};
use crate::{F, SC};

/// Upstream's system chips, with the committed program on the device.
pub struct MetalSystem {
    host: SystemChipInventory<SC>,
    program: Option<CommittedTraceData<MetalBackend>>,
    device: MetalDevice,
}

impl MetalSystem {
    pub(super) fn new(host: SystemChipInventory<SC>, device: MetalDevice) -> Self {
        Self {
            host,
            program: None,
            device,
        }
    }
}

impl<RA> SystemChipComplex<RA, MetalBackend> for MetalSystem
where
    SystemChipInventory<SC>: SystemChipComplex<RA, Host>,
{
    fn load_program(&mut self, program: CommittedTraceData<MetalBackend>) {
        SystemChipComplex::<RA, Host>::load_program(&mut self.host, stand_in(&program));
        self.program = Some(program);
    }

    /// Keeps a copy, as preflight execution goes on with the memory itself.
    fn transport_init_memory_to_device(&mut self, memory: &GuestMemory) {
        let interface = &mut self.host.memory_controller.interface_chip;
        interface.initial_memory = memory_image::copy(&memory.memory);
    }

    fn generate_proving_ctx(
        &mut self,
        records: SystemRecords<F>,
        arenas: Vec<RA>,
    ) -> Vec<AirProvingContext<MetalBackend>> {
        let host = self.host.generate_proving_ctx(records, arenas);
        let on_device = |(air_id, ctx)| {
            let program = self.program.iter().filter(|_| air_id == PROGRAM_AIR_ID);
            upload(&self.device, ctx, program.cloned().collect())
        };
        host.into_iter().enumerate().map(on_device).collect()
    }

    fn memory_top_tree(&self) -> Option<&[[F; CHUNK]]> {
        SystemChipComplex::<RA, Host>::memory_top_tree(&self.host)
    }
}

impl SystemWithFixedTraceHeights for MetalSystem {
    fn override_trace_heights(&mut self, heights: &[u32]) {
        self.host.override_trace_heights(heights);
    }
}
