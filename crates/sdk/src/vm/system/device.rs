//! The system's traces by the device. The host decides which digest is where; none is made here.

use std::{mem, sync::Arc};

use openvm_circuit::{
    arch::{ExecutionState, MemoryConfig},
    system::{
        connector::DEFAULT_SUSPEND_EXIT_CODE,
        memory::{AddressMap, CHUNK},
        SystemRecords, TouchedMemory,
    },
};
use openvm_metal_backend::{system, DigestTable, Lookups, MemoryTraces, MetalDevice, VmBits};
use openvm_stark_backend::{p3_field::PrimeCharacteristicRing, prover::AirProvingContext};
use tracing::debug_span;

use super::{AskedHashes, SegmentTraces};
use crate::{
    vm::{
        lookups::LookupChip,
        memory::{Digest, MemoryTree, Places},
    },
    F,
};

/// Places that may hold what no node is any more, beside as many as a memory's nodes have.
const MOST_IDLE_PLACES: usize = 1 << 15;

/// The memory's traces from a tree whose digests are on the device, and those of program and connector.
pub(in crate::vm) struct DeviceSystem {
    tree: MemoryTree<Places>,
    table: DigestTable,
    pub(super) most_idle_places: usize,
    config: MemoryConfig,
    range: Arc<LookupChip>,
    bits: VmBits,
    asked: Arc<AskedHashes>,
    device: MetalDevice,
}

impl DeviceSystem {
    pub(in crate::vm) fn new(
        config: &MemoryConfig,
        range: Arc<LookupChip>,
        bits: VmBits,
        asked: Arc<AskedHashes>,
        device: MetalDevice,
    ) -> Self {
        Self {
            tree: MemoryTree::new(config, Places::new()),
            table: DigestTable::default(),
            most_idle_places: MOST_IDLE_PLACES,
            config: config.clone(),
            range,
            bits,
            asked,
            device,
        }
    }

    /// Forgets all digests. Returns the tree as it was.
    fn restart(&mut self) -> MemoryTree<Places> {
        self.table = DigestTable::default();
        let tree = MemoryTree::new(&self.config, Places::new());
        mem::replace(&mut self.tree, tree)
    }

    /// Places of the table that are taken.
    pub(super) fn n_places(&self) -> usize {
        self.tree.hashes.len()
    }

    pub(super) fn advance_to(&mut self, memory: &AddressMap) {
        // A node has a place, and a leaf's values have one, too.
        let n_used = self.tree.n_nodes() + self.tree.n_nodes() / 2;
        let n_idle = self.n_places().saturating_sub(n_used);
        if n_idle > n_used.saturating_add(self.most_idle_places) {
            self.restart();
        }
        self.tree.advance_to(memory);
    }

    pub(super) fn traces(
        &mut self,
        records: SystemRecords<F>,
        min_heights: [usize; 2],
    ) -> SegmentTraces {
        let make = |kernel, words: &[u32], lookups| {
            let trace = &self.device;
            trace.trace_from_records(&kernel, words, self.bits, lookups)
        };
        let executions = &records.filtered_exec_frequencies;
        let program = make(system::PROGRAM, executions, Lookups::default());
        let lookups = Lookups {
            range: Some(self.range.counts()),
            ..Lookups::default()
        };
        let exit_code = records.exit_code.unwrap_or(DEFAULT_SUSPEND_EXIT_CODE);
        let is_end = u32::from(records.exit_code.is_some());
        let (from, to) = (records.from_state, records.to_state);
        let states = [state(from, 0, 0, 1), state(to, is_end, exit_code, 0)].concat();
        let connector = make(system::CONNECTOR, &states, lookups);
        let public_values = [from.pc, to.pc, exit_code, is_end]
            .map(F::from_u32)
            .to_vec();

        let (memory, roots, top_tree) = self.memory(&records.touched_memory, min_heights);
        SegmentTraces {
            program: AirProvingContext::simple_no_pis(program),
            connector: AirProvingContext::simple(connector, public_values),
            boundary: AirProvingContext::simple_no_pis(memory.boundary),
            merkle: AirProvingContext::simple(memory.merkle, roots.concat()),
            top_tree,
        }
    }

    /// The memory's traces, the roots before and after, and the uppermost nodes after.
    fn memory(
        &mut self,
        touched: &TouchedMemory<F>,
        min_heights: [usize; 2],
    ) -> (MemoryTraces, [Digest; 2], Vec<Digest>) {
        let mut traces = self.try_memory(touched, min_heights);
        if traces.0.digests.is_err() {
            // What no node is any more may have taken the room that was missing.
            let tree = self.restart();
            self.tree.advance_to(tree.memory());
            traces = self.try_memory(touched, min_heights);
        }
        let (traces, n_digests) = traces;
        let digests = match &traces.digests {
            Ok(digests) => digests.clone(),
            Err(_) => {
                // Whoever uses the traces gets the error. What the table has now is not known.
                self.restart();
                vec![[F::ZERO; CHUNK]; n_digests]
            }
        };
        let (roots, top_tree) = digests.split_at(2);
        (traces, [roots[0], roots[1]], top_tree.to_vec())
    }

    /// The memory's traces with the digests of both roots and of the uppermost nodes, and how many those are.
    fn try_memory(
        &mut self,
        touched: &TouchedMemory<F>,
        min_heights: [usize; 2],
    ) -> (MemoryTraces, usize) {
        let changes = self.tree.changes(touched);
        let (records, asked) = self.tree.hashes.records(&changes, min_heights);
        let n_hashes: usize = records.pairs.iter().map(Vec::len).sum();
        let span = debug_span!("trace_memory", n_hashes, n_rows = asked.len());
        let traces = span.in_scope(|| self.device.trace_memory(&mut self.table, &records));
        self.asked.put(self.table.clone(), asked);
        (traces, records.read.len())
    }
}

/// The connector's record of a state.
fn state(state: ExecutionState<u32>, is_end: u32, exit_code: u32, is_begin: u32) -> [u32; 5] {
    [state.pc, state.timestamp, is_end, exit_code, is_begin]
}
