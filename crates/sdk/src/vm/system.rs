//! The system's traces: program, connector, and the guest's memory.

use std::sync::Arc;

use openvm_circuit::{
    arch::{MemoryConfig, BOUNDARY_AIR_ID, MERKLE_AIR_ID},
    primitives::Chip,
    system::{
        connector::VmConnectorChip,
        memory::{online::GuestMemory, CHUNK},
        poseidon2::Poseidon2PeripheryChip,
        SystemChipComplex, SystemChipInventory, SystemRecords, SystemWithFixedTraceHeights,
    },
};
use openvm_metal_backend::{MetalBackend, MetalDevice};
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing,
    p3_matrix::dense::RowMajorMatrix,
    prover::{AirProvingContext, CommittedTraceData},
};

use super::{
    memory::{MemoryTraces, MemoryTree},
    transport::{upload, Host},
};
use crate::{F, SC};

/// The committed program on the device, upstream's connector chip, and the memory's traces from a tree that
/// is kept from one segment to the next.
pub struct MetalSystem {
    connector: VmConnectorChip<F>,
    program: Option<CommittedTraceData<MetalBackend>>,
    memory: MemoryTree,
    /// Of the memory after the last segment.
    top_tree: Vec<[F; CHUNK]>,
    /// Least heights of the boundary's and the Merkle tree's trace.
    min_heights: [usize; 2],
    device: MetalDevice,
}

impl MetalSystem {
    pub(super) fn new(
        host: SystemChipInventory<SC>,
        config: &MemoryConfig,
        hasher: Arc<Poseidon2PeripheryChip<F>>,
        device: MetalDevice,
    ) -> Self {
        Self {
            connector: host.connector_chip,
            program: None,
            memory: MemoryTree::new(config, hasher),
            top_tree: vec![],
            min_heights: [0; 2],
            device,
        }
    }

    /// How often each of the program's instructions was executed, beside the committed instructions.
    fn executions(&self, frequencies: &[u32]) -> AirProvingContext<Host> {
        let height = self.program.as_ref().map_or(0, |program| program.height());
        let mut column = F::zero_vec(height);
        for (to, &frequency) in column.iter_mut().zip(frequencies) {
            *to = F::from_u32(frequency);
        }
        AirProvingContext::simple_no_pis(RowMajorMatrix::new(column, 1))
    }
}

impl<RA> SystemChipComplex<RA, MetalBackend> for MetalSystem {
    fn load_program(&mut self, program: CommittedTraceData<MetalBackend>) {
        self.program = Some(program);
    }

    /// Brings the tree to this memory, and keeps a copy of what changed.
    fn transport_init_memory_to_device(&mut self, memory: &GuestMemory) {
        self.memory.advance_to(&memory.memory);
    }

    fn generate_proving_ctx(
        &mut self,
        records: SystemRecords<F>,
        _: Vec<RA>,
    ) -> Vec<AirProvingContext<MetalBackend>> {
        let program = self.executions(&records.filtered_exec_frequencies);
        self.connector.begin(records.from_state);
        self.connector.end(records.to_state, records.exit_code);
        let connector = Chip::<(), Host>::generate_proving_ctx(&self.connector, ());

        let traces = self
            .memory
            .traces(&records.touched_memory, self.min_heights);
        let MemoryTraces {
            boundary,
            merkle,
            public_values,
            top_tree,
        } = traces;
        self.top_tree = top_tree;
        let boundary = AirProvingContext::simple_no_pis(boundary);
        let merkle = AirProvingContext::simple(merkle, public_values);
        let committed = self.program.iter().cloned().collect();
        vec![
            upload(&self.device, program, committed),
            upload(&self.device, connector, vec![]),
            upload(&self.device, boundary, vec![]),
            upload(&self.device, merkle, vec![]),
        ]
    }

    fn memory_top_tree(&self) -> Option<&[[F; CHUNK]]> {
        Some(&self.top_tree[..]).filter(|tree| !tree.is_empty())
    }
}

impl SystemWithFixedTraceHeights for MetalSystem {
    fn override_trace_heights(&mut self, heights: &[u32]) {
        let height = |air_id: usize| heights[air_id] as usize;
        self.min_heights = [height(BOUNDARY_AIR_ID), height(MERKLE_AIR_ID)];
    }
}
