//! Copies of the guest's memory that touch no more than the pages in use.
//!
//! A guest has half a gigabyte of addresses and uses a few pages of them. Upstream's clone copies all,
//! and with it makes all of them resident.

use openvm_circuit::{
    arch::VmState,
    system::memory::{
        online::{GuestMemory, LinearMemory, PAGE_SIZE},
        AddressMap,
    },
};
use rayon::prelude::*;

use crate::F;

/// Pages that one task looks through.
const PAGES_PER_TASK: usize = 1 << 10;

/// A copy of `memory`. Pages of zeroes are left as the system gives them: not there until touched.
pub(crate) fn copy(memory: &AddressMap) -> AddressMap {
    let mut copy: AddressMap = AddressMap::new(memory.config.clone());
    for (from, to) in memory.mem.iter().zip(&mut copy.mem) {
        let tasks = from.as_slice().par_chunks(PAGES_PER_TASK * PAGE_SIZE);
        let tasks = tasks.zip(to.as_mut_slice().par_chunks_mut(PAGES_PER_TASK * PAGE_SIZE));
        tasks.for_each(|(from, to)| {
            for (from, to) in from.chunks(PAGE_SIZE).zip(to.chunks_mut(PAGE_SIZE)) {
                if from != &[0; PAGE_SIZE][..from.len()] {
                    to.copy_from_slice(from);
                }
            }
        });
    }
    copy
}

/// A copy of a state, to go on from twice.
pub(crate) fn copy_state(state: &VmState<F>) -> VmState<F> {
    let memory = GuestMemory::new(copy(&state.memory.memory));
    const SEED: u64 = 0;
    let mut copy = VmState::new_with_defaults(state.pc(), memory, state.streams.clone(), SEED);
    copy.rng = state.rng.clone();
    copy
}

#[cfg(test)]
mod tests {
    use openvm_circuit::arch::MemoryConfig;

    use super::*;

    #[test]
    fn a_copy_has_every_byte_at_page_edges_too() {
        let mut memory: AddressMap = AddressMap::from_mem_config(&MemoryConfig::default());
        let bytes = memory.mem[2].size();
        let touched = [0, 1, PAGE_SIZE - 1, PAGE_SIZE, 3 * PAGE_SIZE + 7, bytes - 1];
        for (value, &at) in touched.iter().enumerate() {
            memory.mem[2].as_mut_slice()[at] = value as u8 + 1;
        }
        memory.mem[1].as_mut_slice()[127] = 9;
        let copy = copy(&memory);
        for (from, to) in memory.mem.iter().zip(&copy.mem) {
            assert!(from.as_slice() == to.as_slice());
        }
    }
}
