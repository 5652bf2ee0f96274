//! The system's traces by the host.

use std::sync::Arc;

use openvm_circuit::{
    arch::MemoryConfig,
    primitives::Chip,
    system::{
        connector::VmConnectorChip, memory::AddressMap, poseidon2::Poseidon2PeripheryChip,
        SystemChipInventory, SystemRecords,
    },
};
use openvm_metal_backend::MetalDevice;
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing, p3_matrix::dense::RowMajorMatrix, prover::AirProvingContext,
};

use super::SegmentTraces;
use crate::{
    vm::{
        memory::{HostHashes, MemoryTree},
        transport::{upload, Host},
    },
    F, SC,
};

/// Upstream's connector chip, and the memory's traces from a tree of hashes.
pub(in crate::vm) struct HostSystem {
    connector: VmConnectorChip<F>,
    memory: MemoryTree<HostHashes>,
    device: MetalDevice,
}

impl HostSystem {
    pub(in crate::vm) fn new(
        host: SystemChipInventory<SC>,
        config: &MemoryConfig,
        hasher: Arc<Poseidon2PeripheryChip<F>>,
        device: MetalDevice,
    ) -> Self {
        Self {
            connector: host.connector_chip,
            memory: MemoryTree::new(config, HostHashes(hasher)),
            device,
        }
    }

    pub(super) fn advance_to(&mut self, memory: &AddressMap) {
        self.memory.advance_to(memory);
    }

    pub(super) fn traces(
        &mut self,
        records: SystemRecords<F>,
        min_heights: [usize; 2],
    ) -> SegmentTraces {
        let executions = records.filtered_exec_frequencies.iter();
        let executions = executions.map(|&number| F::from_u32(number)).collect();
        let program = AirProvingContext::simple_no_pis(RowMajorMatrix::new(executions, 1));
        self.connector.begin(records.from_state);
        self.connector.end(records.to_state, records.exit_code);
        let connector = Chip::<(), Host>::generate_proving_ctx(&self.connector, ());

        let changes = self.memory.changes(&records.touched_memory);
        let [boundary, merkle] = self.memory.hashes.traces(&changes, min_heights);
        let upload = |ctx| upload(&self.device, ctx, vec![]);
        SegmentTraces {
            program: upload(program),
            connector: upload(connector),
            boundary: upload(AirProvingContext::simple_no_pis(boundary)),
            merkle: upload(AirProvingContext::simple(merkle, changes.roots.concat())),
            top_tree: changes.top_tree,
        }
    }
}
