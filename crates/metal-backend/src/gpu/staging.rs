//! Memory that the host writes and the device copies from, mapped as long as the device does not read
//! it.
//!
//! A ring of pieces for what is large: a thread takes a piece, fills it and sends it
//! ([`super::Recorder::copy_piece`]); it comes back to the ring at once, and is waited for when its turn
//! comes again. The ring grows to the pieces that the largest transfer has, up to
//! [`max_pieces`], whether or not others would be free sooner, so that it never grows in a transfer
//! that is no larger than one before. It is not part of what is in use, and yields to what is: where
//! memory is short, the pool lets pieces go, down to one.

use std::{
    collections::VecDeque,
    num::NonZero,
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        Condvar, Mutex, MutexGuard, PoisonError,
    },
    thread,
};

use wgpu::{MapMode, SubmissionIndex};

use super::{
    link::Link,
    pool::{Pool, Usage},
    GpuError,
};

/// Size of a piece. Eight threads at work on theirs, and as many pieces on their way, keep a bus of
/// 25 GB/s busy; a submission costs some 30 µs of the queue's time, a tenth of what a piece takes.
pub(super) const PIECE_BYTES: u64 = 8 << 20;

/// The most threads that fill pieces for one transfer: more do not copy faster.
const MAX_THREADS: usize = 8;

/// The most threads that fill pieces for one transfer on this machine.
pub(super) fn n_threads() -> usize {
    let n_processors = thread::available_parallelism().map_or(1, NonZero::get);
    n_processors.min(MAX_THREADS)
}

/// The most pieces there are: 128 MiB on a machine of eight processors or more.
fn max_pieces() -> usize {
    // One to fill, and one on its way.
    2 * n_threads()
}

/// The pieces of a GPU.
#[derive(Default)]
pub(super) struct Ring {
    pieces: Mutex<Pieces>,
    came_back: Condvar,
    /// What of the pieces counts as reserved: all but the first.
    reserved_bytes: AtomicU64,
}

#[derive(Default)]
struct Pieces {
    /// Those that nobody holds, the ones that came back first in front.
    waiting: VecDeque<Sent>,
    /// How many there are, with those that are held.
    number: usize,
}

/// A buffer that the device may still copy from; mapped when it has.
pub(super) struct Sent {
    buffer: wgpu::Buffer,
    /// The submission that copies; `None` where none does.
    index: Option<SubmissionIndex>,
}

/// A piece, mapped and this thread's alone; back in the ring when it is dropped.
pub(super) struct Piece<'g> {
    pool: &'g Pool,
    buffer: wgpu::Buffer,
    is_mapped: bool,
    index: Option<SubmissionIndex>,
}

impl Sent {
    /// A buffer that submission `index` copies from: it is mapped again as soon as that is done.
    pub(super) fn new(buffer: wgpu::Buffer, index: Option<SubmissionIndex>) -> Self {
        // A failure shows when the buffer is written.
        buffer.map_async(MapMode::Write, .., |_| ());
        Self { buffer, index }
    }

    /// A buffer that is mapped as it is.
    pub(super) fn mapped(buffer: wgpu::Buffer) -> Self {
        Self {
            buffer,
            index: None,
        }
    }

    /// The buffer, when the device has done with it.
    pub(super) fn wait(self, link: &Link) -> Result<wgpu::Buffer, GpuError> {
        match self.index {
            Some(index) => link.wait(Some(index), "upload")?,
            // Polled also where there is nothing to wait for: that is when mappings are made.
            None => link.tend()?,
        }
        Ok(self.buffer)
    }
}

/// Writes `bytes` to a mapped buffer on the device behind `link`, from a multiple of eight bytes on.
pub(super) fn write(
    link: &Link,
    buffer: &wgpu::Buffer,
    start: u64,
    bytes: &[u8],
) -> Result<(), GpuError> {
    let range = start..start + bytes.len() as u64;
    let mut view = buffer
        .get_mapped_range_mut(range)
        .map_err(|error| link.lose(format!("staging memory cannot be written: {error}")))?;
    view.copy_from_slice(bytes);
    Ok(())
}

/// Whether to wait for pieces that are held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    Yes,
    No,
}

impl Pool {
    /// A piece for one of the `n_pieces` of a transfer; waits until there is one.
    pub(super) fn take_piece(&self, n_pieces: usize) -> Result<Piece<'_>, GpuError> {
        let mut pieces = self.ring.lock();
        loop {
            let is_first = pieces.number == 0;
            if pieces.number < n_pieces.min(max_pieces()) && (is_first || self.try_reserve_piece())
            {
                pieces.number += 1;
                drop(pieces);
                let created = self.try_create(Usage::Staging, PIECE_BYTES, "staging memory");
                return self.piece(created);
            }
            if let Some(sent) = pieces.waiting.pop_front() {
                drop(pieces);
                return self.piece(sent.wait(&self.link));
            }
            pieces = self
                .ring
                .came_back
                .wait(pieces)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets pieces go, of at least `bytes` if there are as many beside the first, also those that are
    /// held, when they come back, if that is to be waited for. How many bytes they were.
    pub(super) fn shrink_ring(&self, bytes: u64, wait: Wait) -> u64 {
        let mut pieces = self.ring.lock();
        let mut freed = 0;
        while pieces.number > 1 && freed < bytes {
            match pieces.waiting.pop_front() {
                Some(_) => {
                    pieces.number -= 1;
                    self.unreserve_piece();
                    freed += PIECE_BYTES;
                }
                None if wait == Wait::No => break,
                None => {
                    pieces = self
                        .ring
                        .came_back
                        .wait(pieces)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        freed
    }

    fn try_reserve_piece(&self) -> bool {
        let is_reserved = self.account.try_reserve(self, PIECE_BYTES).is_ok();
        if is_reserved {
            let bytes = &self.ring.reserved_bytes;
            bytes.fetch_add(PIECE_BYTES, Relaxed);
        }
        is_reserved
    }

    fn unreserve_piece(&self) {
        self.ring.reserved_bytes.fetch_sub(PIECE_BYTES, Relaxed);
        self.unreserve(PIECE_BYTES);
    }

    /// A piece of `buffer`; if there is none, it is taken off the account.
    fn piece(&self, buffer: Result<wgpu::Buffer, GpuError>) -> Result<Piece<'_>, GpuError> {
        let piece = buffer.map(|buffer| Piece::new(self, buffer));
        piece.inspect_err(|_| {
            let mut pieces = self.ring.lock();
            pieces.number -= 1;
            if pieces.number > 0 {
                self.unreserve_piece();
            }
            self.ring.came_back.notify_all();
        })
    }
}

impl Ring {
    /// What the pieces add to the bytes reserved.
    pub(super) fn reserved_bytes(&self) -> u64 {
        self.reserved_bytes.load(Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Pieces> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'g> Piece<'g> {
    fn new(pool: &'g Pool, buffer: wgpu::Buffer) -> Self {
        Self {
            pool,
            buffer,
            is_mapped: true,
            index: None,
        }
    }

    /// Writes the first bytes of the piece.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), GpuError> {
        write(&self.pool.link, &self.buffer, 0, bytes)
    }

    pub(super) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Hands what was written to the device's side, before the submission that copies it.
    pub(super) fn unmap(&mut self) {
        if self.is_mapped {
            self.buffer.unmap();
        }
        self.is_mapped = false;
    }

    /// Notes the submission that copies from this piece.
    pub(super) fn sent(&mut self, index: SubmissionIndex) {
        self.index = Some(index);
    }
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        let buffer = self.buffer.clone();
        let sent = match self.is_mapped {
            true => Sent::mapped(buffer),
            false => Sent::new(buffer, self.index.take()),
        };
        self.pool.ring.lock().waiting.push_back(sent);
        self.pool.ring.came_back.notify_all();
    }
}
