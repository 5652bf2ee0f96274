//! The system's traces: program, connector, and the guest's memory.

mod device;
mod hashes;
mod host;

use openvm_circuit::{
    arch::{BOUNDARY_AIR_ID, MERKLE_AIR_ID},
    system::{
        memory::{online::GuestMemory, CHUNK},
        SystemChipComplex, SystemRecords, SystemWithFixedTraceHeights,
    },
};
use openvm_metal_backend::MetalBackend;
use openvm_stark_backend::prover::{AirProvingContext, CommittedTraceData};

pub(super) use device::DeviceSystem;
pub(super) use hashes::{AskedHashes, DeviceHasher};
pub(super) use host::HostSystem;

use crate::F;

/// The committed program on the device, and what makes the system's traces: kernels, or the host. Either keeps the
/// tree over the guest's memory from one segment to the next.
pub struct MetalSystem {
    traces: SystemTraces,
    program: Option<CommittedTraceData<MetalBackend>>,
    /// Of the memory after the last segment.
    top_tree: Vec<[F; CHUNK]>,
    /// Least heights of the boundary's and the Merkle tree's trace.
    min_heights: [usize; 2],
}

/// Who makes the traces.
pub(super) enum SystemTraces {
    Host(HostSystem),
    Device(DeviceSystem),
}

/// A segment's traces, in the order of the AIRs.
pub(super) struct SegmentTraces {
    pub(super) program: AirProvingContext<MetalBackend>,
    pub(super) connector: AirProvingContext<MetalBackend>,
    pub(super) boundary: AirProvingContext<MetalBackend>,
    pub(super) merkle: AirProvingContext<MetalBackend>,
    /// Nodes from the root to the address spaces after the segment, as in a heap.
    pub(super) top_tree: Vec<[F; CHUNK]>,
}

impl MetalSystem {
    pub(super) fn new(traces: SystemTraces) -> Self {
        Self {
            traces,
            program: None,
            top_tree: vec![],
            min_heights: [0; 2],
        }
    }
}

impl<RA> SystemChipComplex<RA, MetalBackend> for MetalSystem {
    fn load_program(&mut self, program: CommittedTraceData<MetalBackend>) {
        self.program = Some(program);
    }

    /// Brings the tree to this memory, and keeps a copy of what changed.
    fn transport_init_memory_to_device(&mut self, memory: &GuestMemory) {
        match &mut self.traces {
            SystemTraces::Host(host) => host.advance_to(&memory.memory),
            SystemTraces::Device(device) => device.advance_to(&memory.memory),
        }
    }

    fn generate_proving_ctx(
        &mut self,
        mut records: SystemRecords<F>,
        _: Vec<RA>,
    ) -> Vec<AirProvingContext<MetalBackend>> {
        let height = self.program.as_ref().map_or(0, |program| program.height());
        records.filtered_exec_frequencies.resize(height, 0);
        let traces = match &mut self.traces {
            SystemTraces::Host(host) => host.traces(records, self.min_heights),
            SystemTraces::Device(device) => device.traces(records, self.min_heights),
        };
        self.top_tree = traces.top_tree;
        let mut program = traces.program;
        program.cached_mains = self.program.iter().cloned().collect();
        vec![program, traces.connector, traces.boundary, traces.merkle]
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

#[cfg(test)]
mod tests;
