//! The few pages of the guest's memory that are in use.

use openvm_circuit::{
    arch::ADDR_SPACE_OFFSET,
    system::memory::{
        online::{LinearMemory, MemoryBackend, PAGE_SIZE},
        AddressMap,
    },
};
use rayon::prelude::*;

/// Pages that one task looks through.
const PAGES_PER_TASK: usize = 1 << 10;

/// A page of an address space, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Page {
    pub(crate) address_space: usize,
    pub(crate) number: usize,
}

/// Pages in order: all that have other bytes than zeroes, and maybe more.
///
/// To look for them, a memory has to be read from end to end, which maps each of its pages. So a copy carries a note
/// of them, in the only place of upstream's type that is free: there is no address space 0, and its memory is empty
/// otherwise. A note is of the memory that was copied, before anything is executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PagesInUse(pub(crate) Vec<Page>);

impl PagesInUse {
    /// Those of `memory`, by its note if it has one.
    pub(crate) fn of(memory: &AddressMap) -> Self {
        Self::noted(memory).unwrap_or_else(|| {
            let mut pages = vec![];
            for address_space in ADDR_SPACE_OFFSET as usize..memory.mem.len() {
                let bytes = memory.mem[address_space].as_slice();
                let tasks = bytes.par_chunks(PAGES_PER_TASK * PAGE_SIZE).enumerate();
                pages.par_extend(tasks.flat_map_iter(|(task, bytes)| {
                    let first = task * PAGES_PER_TASK;
                    in_use(bytes).map(move |page| Page {
                        address_space,
                        number: first + page,
                    })
                }));
            }
            Self(pages)
        })
    }

    /// Writes a note of them into `memory`, which is a copy for one segment.
    pub(super) fn note(&self, memory: &mut AddressMap) {
        let numbers = |page: &Page| [page.address_space as u32, page.number as u32];
        let mut words = vec![self.0.len() as u32];
        words.extend(self.0.iter().flat_map(numbers));
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        let mut note = MemoryBackend::new(bytes.len());
        note.as_mut_slice().copy_from_slice(bytes);
        memory.mem[0] = note;
    }

    fn noted(memory: &AddressMap) -> Option<Self> {
        let bytes = memory.mem[0].as_slice();
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(bytes);
        let (_, pages) = words.split_first()?;
        let page = |numbers: &[u32]| Page {
            address_space: numbers[0] as usize,
            number: numbers[1] as usize,
        };
        Some(Self(pages.chunks_exact(2).map(page).collect()))
    }

    /// These and others.
    pub(super) fn union(&self, others: &Self) -> Self {
        let mut pages = [&self.0[..], &others.0].concat();
        pages.sort_unstable();
        pages.dedup();
        Self(pages)
    }
}

/// The pages of `bytes` that are not all zero.
fn in_use(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let pages = bytes.chunks(PAGE_SIZE).enumerate();
    pages
        .filter(|(_, page)| **page != [0; PAGE_SIZE][..page.len()])
        .map(|(number, _)| number)
}

impl Page {
    pub(crate) fn bytes(self, memory: &AddressMap) -> &[u8] {
        let bytes = memory.mem[self.address_space].as_slice();
        &bytes[self.start()..bytes.len().min(self.start() + PAGE_SIZE)]
    }

    pub(crate) fn bytes_mut(self, memory: &mut AddressMap) -> &mut [u8] {
        let bytes = memory.mem[self.address_space].as_mut_slice();
        let end = bytes.len().min(self.start() + PAGE_SIZE);
        &mut bytes[self.start()..end]
    }

    /// The first byte's place in its address space.
    pub(crate) fn start(self) -> usize {
        self.number * PAGE_SIZE
    }
}
