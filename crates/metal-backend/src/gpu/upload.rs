//! What the host brings to device buffers.

use std::{
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread::{self, ScopedJoinHandle},
};

use super::{
    belt::CHUNK_BYTES,
    buffer::byte_len,
    element::as_bytes,
    pool::Fit,
    staging::{self, Piece, PIECE_BYTES},
    Buffer, Element, Gpu, GpuError, Recorder,
};

impl Gpu {
    /// A buffer that holds a copy of `values`.
    pub fn upload<T: Element>(
        &self,
        values: &[T],
        what: &'static str,
    ) -> Result<Buffer<T>, GpuError> {
        let buffer = self.alloc_with(values.len(), Fit::Exact, what)?;
        self.fill(std::slice::from_ref(&buffer), values)?;
        Ok(buffer)
    }

    /// Copies `values` to `buffers`, which hold as many together, one after the other.
    pub(super) fn fill<T: Element>(
        &self,
        buffers: &[Buffer<T>],
        values: &[T],
    ) -> Result<(), GpuError> {
        let lens = buffers.iter().map(Buffer::len);
        let lens = lens.scan(0, |end, len| {
            *end += len;
            Some(*end - len..*end)
        });
        let places: Vec<_> = buffers.iter().zip(lens).collect();
        let len = places.last().map_or(0, |(_, range)| range.end);
        assert_eq!(values.len(), len, "values for buffers of as many");
        if is_small(values) {
            self.totals.uploaded(byte_len::<T>(values.len()));
            if self.is_rehearsal {
                return Ok(());
            }
            return places.into_iter().try_for_each(|(buffer, range)| {
                self.upload_small(as_bytes(&values[range]), &buffer.allocation.buffer, 0)
            });
        }
        let per_piece = piece_len::<T>();
        let pieces: Vec<&[T]> = values.chunks(per_piece).collect();
        self.send("upload", &pieces, |i, piece| {
            let here = i * per_piece..i * per_piece + pieces[i].len();
            for (buffer, range) in &places {
                let (start, end) = (here.start.max(range.start), here.end.min(range.end));
                if start < end {
                    piece.copy(
                        start - here.start..end - here.start,
                        buffer,
                        start - range.start,
                    );
                }
            }
            Ok(())
        })
    }

    /// Sends `pieces` of what a host has, each no larger than [`piece_len`], by several threads
    /// at once; `record` says for each what is done with it on the device. The pieces are not sent in
    /// order. Returns as soon as the host's memory is no longer needed.
    pub(crate) fn send<T: Element>(
        &self,
        stage: &'static str,
        pieces: &[&[T]],
        record: impl Fn(usize, &mut Transfer<'_>) -> Result<(), GpuError> + Sync,
    ) -> Result<(), GpuError> {
        let n_values = pieces.iter().map(|piece| piece.len()).sum();
        self.totals.uploaded(byte_len::<T>(n_values));
        if self.is_rehearsal {
            return Ok(());
        }
        let next = AtomicUsize::new(0);
        let send_some = || loop {
            let i = next.fetch_add(1, Relaxed);
            let Some(values) = pieces.get(i) else {
                return Ok(());
            };
            let mut piece = self.pool.take_piece(pieces.len())?;
            piece.write(as_bytes(values))?;
            let mut transfer = Transfer {
                recorder: self.recorder(stage),
                piece,
            };
            record(i, &mut transfer)?;
            transfer.recorder.send(transfer.piece)?;
        };
        let n_threads = staging::n_threads().min(pieces.len());
        thread::scope(|scope| {
            let others: Vec<_> = (1..n_threads).map(|_| scope.spawn(send_some)).collect();
            let here = send_some();
            let join = |thread: ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|panic| resume_unwind(panic))
            };
            others.into_iter().map(join).fold(here, Result::and)
        })
    }
}

/// The most values that [`Gpu::send`] takes as one piece.
pub(crate) const fn piece_len<T: Element>() -> usize {
    PIECE_BYTES as usize / size_of::<T>()
}

/// Whether `values` are few enough to wait for the next submission instead of making one.
pub(crate) fn is_small<T: Element>(values: &[T]) -> bool {
    byte_len::<T>(values.len()) <= CHUNK_BYTES
}

/// A piece on its way to the device, and what is done there when it arrives.
pub(crate) struct Transfer<'g> {
    /// Kernels to run after the copies.
    pub(crate) recorder: Recorder<'g>,
    piece: Piece<'g>,
}

impl Transfer<'_> {
    /// Copies a range of the piece to place `start` of `target`.
    pub(crate) fn copy<T: Element>(
        &mut self,
        range: std::ops::Range<usize>,
        target: &Buffer<T>,
        start: usize,
    ) {
        self.recorder.copy_piece(&self.piece, range, target, start);
    }
}
