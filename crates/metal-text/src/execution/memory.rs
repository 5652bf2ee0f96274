//! Memory that notices who goes beyond it.

use std::{io, ptr, slice};

/// What lies around the bytes on their pages.
const CANARY: u8 = 0xcd;

/// As strict as any type of a kernel.
const ALIGNMENT: usize = 16;

/// Bytes with a page that cannot be touched behind them, and one in front of the page that they begin on. What lies
/// between is checked afterwards.
pub(super) struct Memory {
    pages: *mut u8,
    n_bytes: usize,
    start: usize,
    len: usize,
}

impl Memory {
    /// Memory of `len` bytes.
    pub fn new(len: usize) -> Result<Self, String> {
        let page = page_bytes();
        let inner = len.max(1).next_multiple_of(page);
        let n_bytes = inner + 2 * page;
        let failed = |what| format!("{what} of {len} bytes: {}", io::Error::last_os_error());
        // SAFETY: a new mapping, nobody else's.
        let pages = unsafe {
            let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            libc::mmap(ptr::null_mut(), n_bytes, libc::PROT_NONE, private, -1, 0)
        };
        if pages == libc::MAP_FAILED {
            return Err(failed("no memory"));
        }
        let memory = Self {
            pages: pages.cast(),
            n_bytes,
            start: page + inner - len.next_multiple_of(ALIGNMENT),
            len,
        };
        // SAFETY: all pages of the mapping but the first and the last.
        let is_open = unsafe {
            let inner_pages = memory.pages.add(page).cast();
            libc::mprotect(inner_pages, inner, libc::PROT_READ | libc::PROT_WRITE)
        };
        if is_open != 0 {
            return Err(failed("no access to memory"));
        }
        memory.around().for_each(|(place, len)| {
            // SAFETY: on the pages that were opened.
            unsafe { ptr::write_bytes(place, CANARY, len) }
        });
        Ok(memory)
    }

    pub fn of(bytes: &[u8]) -> Result<Self, String> {
        let memory = Self::new(bytes.len())?;
        // SAFETY: as long, and another's.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), memory.start(), bytes.len()) }
        Ok(memory)
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn start(&self) -> *mut u8 {
        // SAFETY: inside the mapping.
        unsafe { self.pages.add(self.start) }
    }

    /// Fills it.
    pub fn fill(&self, value: u8) {
        // SAFETY: its own bytes.
        unsafe { ptr::write_bytes(self.start(), value, self.len) }
    }

    /// Takes a copy of the bytes.
    pub fn copy_to(&self, bytes: &mut [u8]) {
        // SAFETY: its own bytes, all of them initialised; no kernel runs.
        bytes.copy_from_slice(unsafe { slice::from_raw_parts(self.start(), self.len) });
    }

    /// Whether nobody wrote beside the bytes.
    pub fn is_intact(&self) -> bool {
        self.around().all(|(place, len)| {
            // SAFETY: as above.
            let bytes = unsafe { slice::from_raw_parts(place, len) };
            bytes.iter().all(|byte| *byte == CANARY)
        })
    }

    /// The places before and behind the bytes, on their pages.
    fn around(&self) -> impl Iterator<Item = (*mut u8, usize)> {
        let page = page_bytes();
        let end = self.start + self.len;
        let parts = [(page, self.start - page), (end, self.n_bytes - page - end)];
        let pages = self.pages;
        // SAFETY: inside the mapping.
        parts
            .into_iter()
            .map(move |(at, len)| (unsafe { pages.add(at) }, len))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the whole mapping, which nobody has kept a part of.
        unsafe { libc::munmap(self.pages.cast(), self.n_bytes) };
    }
}

fn page_bytes() -> usize {
    // SAFETY: it only tells.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(bytes).expect("pages have a size")
}
