//! Copies of the guest's memory that touch no more than the pages in use.
//!
//! A guest has half a gigabyte of addresses and uses a few pages of them. Upstream's clone copies all,
//! and with it makes all of them resident.

use openvm_circuit::{
    arch::{AddressSpaceHostLayout, VmState},
    system::memory::{online::GuestMemory, AddressMap, CHUNK},
};
use rayon::prelude::*;

use super::pages::{Page, PagesInUse};
use crate::F;

/// Pages that one task compares at least: with few, the task takes longer to be handed over than to be done.
const PAGES_AT_LEAST: usize = 1 << 8;

/// A copy of `memory`, with a note of the pages in use. The others are left as the system gives them: not there
/// until touched.
fn copy(memory: &AddressMap) -> AddressMap {
    let mut copy: AddressMap = AddressMap::new(memory.config.clone());
    let pages = PagesInUse::of(memory);
    for page in &pages.0 {
        page.bytes_mut(&mut copy)
            .copy_from_slice(page.bytes(memory));
    }
    pages.note(&mut copy);
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

/// A memory that is brought from one state to the next.
pub(super) struct Image {
    pub(super) memory: AddressMap,
    pages: PagesInUse,
}

impl Image {
    /// A memory of zeroes.
    pub(super) fn new(memory: AddressMap) -> Self {
        Self {
            memory,
            pages: PagesInUse::default(),
        }
    }

    /// Makes this a copy of `memory`. Returns the chunks that differed, in order: address spaces and numbers.
    pub(super) fn advance_to(&mut self, memory: &AddressMap) -> Vec<(u32, u32)> {
        let pages = PagesInUse::of(memory);
        let all = self.pages.union(&pages);
        self.pages = pages;
        let changed = |page: &Page| page.bytes(&self.memory) != page.bytes(memory);
        let all = all.0.into_par_iter().with_min_len(PAGES_AT_LEAST);
        let changed: Vec<Page> = all.filter(changed).collect();
        let mut chunks = vec![];
        for page in changed {
            let cell_bytes = memory.config[page.address_space].layout.size();
            let chunk_bytes = CHUNK * cell_bytes;
            let (to, from) = (page.bytes_mut(&mut self.memory), page.bytes(memory));
            let both = to.chunks(chunk_bytes).zip(from.chunks(chunk_bytes));
            let labels = (page.start() / chunk_bytes..).zip(both);
            let differ = labels.filter(|(_, (to, from))| to != from);
            chunks.extend(differ.map(|(label, _)| (page.address_space as u32, label as u32)));
            to.copy_from_slice(from);
        }
        chunks
    }
}

#[cfg(test)]
mod tests {
    use openvm_circuit::{
        arch::MemoryConfig,
        system::memory::online::{LinearMemory, PAGE_SIZE},
    };

    use super::*;

    fn memory_with(bytes: &[(usize, usize)]) -> AddressMap {
        let mut memory: AddressMap = AddressMap::from_mem_config(&MemoryConfig::default());
        for (value, &(address_space, at)) in bytes.iter().enumerate() {
            memory.mem[address_space].as_mut_slice()[at] = value as u8 + 1;
        }
        memory
    }

    fn assert_same(a: &AddressMap, b: &AddressMap) {
        for (a, b) in a.mem.iter().zip(&b.mem).skip(1) {
            assert!(a.as_slice() == b.as_slice());
        }
    }

    #[test]
    fn a_copy_has_every_byte_at_page_edges_too() {
        let end = memory_with(&[]).mem[2].size() - 1;
        let touched = [0, 1, PAGE_SIZE - 1, PAGE_SIZE, 3 * PAGE_SIZE + 7, end];
        let touched = touched.map(|at| (2, at));
        let memory = memory_with(&[&touched[..], &[(1, 127)]].concat());
        let copy = copy(&memory);
        assert_same(&memory, &copy);
        assert_eq!(PagesInUse::of(&copy), PagesInUse::of(&memory));
        assert_eq!(PagesInUse::of(&copy).0.len(), 5);
    }

    #[test]
    fn an_image_is_what_it_was_brought_to() {
        let end = memory_with(&[]).mem[2].size() - 1;
        let states = [
            memory_with(&[(1, 5), (2, 9), (2, PAGE_SIZE)]),
            memory_with(&[(2, end), (2, 9)]),
            memory_with(&[]),
        ];
        let last_chunk = (end / CHUNK) as u32;
        let changes = [
            vec![(1, 0), (2, 1), (2, 512)],
            vec![(1, 0), (2, 512), (2, last_chunk)],
            vec![(2, 1), (2, last_chunk)],
        ];
        for noted in [false, true] {
            let mut image = Image::new(memory_with(&[]));
            for (state, changes) in states.iter().zip(&changes) {
                let state = if noted { &copy(state) } else { state };
                assert_eq!(&image.advance_to(state), changes, "noted: {noted}");
                assert_same(&image.memory, state);
                assert!(image.advance_to(state).is_empty());
            }
        }
    }
}
