//! Small uploads: they are put one after the other into memory that the host and the device share, and
//! copied from there at the start of whatever is submitted next.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use wgpu::{CommandBuffer, Device, SubmissionIndex};

use super::{
    pool::{Pool, Usage},
    staging::{self, Sent},
    Gpu, GpuError,
};

/// Size of a chunk. A submission takes at least one, and the tables of a stage fit into few.
pub(super) const CHUNK_BYTES: u64 = 256 << 10;

/// Number of chunks, made with the GPU. A proof has few submissions on their way at once; when all
/// chunks are, the next upload waits for the first of them.
const N_CHUNKS: usize = 16;

/// Mappings begin at multiples of this.
const ALIGNMENT: u64 = wgpu::MAP_ALIGNMENT;

/// The chunks of a GPU. They stand beside its budget of memory, like what the driver itself needs.
pub(super) struct Belt(Mutex<Chunks>);

struct Chunks {
    /// Those with uploads that have not been submitted. The last one may have room.
    open: Vec<Chunk>,
    /// All others, the ones that were submitted first in front.
    waiting: VecDeque<Sent>,
}

struct Chunk {
    buffer: wgpu::Buffer,
    used_bytes: u64,
    copies: Vec<Copy>,
}

struct Copy {
    start: u64,
    len: u64,
    target: wgpu::Buffer,
    target_start: u64,
}

impl Belt {
    /// The belt of the device whose memory is in `pool`.
    pub(super) fn new(pool: &Pool) -> Result<Self, GpuError> {
        let chunk = |_| {
            let created = pool.try_create(Usage::Staging, CHUNK_BYTES, "staging memory");
            created.map(Sent::mapped)
        };
        Ok(Self(Mutex::new(Chunks {
            open: Vec::new(),
            waiting: (0..N_CHUNKS).map(chunk).collect::<Result<_, _>>()?,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Chunks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chunks {
    /// The copies from all open chunks, which must be submitted now.
    fn close(&mut self, device: &Device) -> Option<CommandBuffer> {
        if self.open.is_empty() {
            return None;
        }
        let mut encoder = device.create_command_encoder(&Default::default());
        for chunk in &self.open {
            chunk.buffer.unmap();
            for copy in &chunk.copies {
                let (source, target) = (&chunk.buffer, &copy.target);
                let (start, target_start) = (copy.start, copy.target_start);
                encoder.copy_buffer_to_buffer(source, start, target, target_start, copy.len);
            }
        }
        Some(encoder.finish())
    }

    /// Where the open chunks' uploads go.
    #[cfg(any(test, feature = "internals"))]
    fn targets(&self) -> impl Iterator<Item = (&wgpu::Buffer, std::ops::Range<u64>)> {
        let copies = self.open.iter().flat_map(|chunk| &chunk.copies);
        copies.map(|copy| {
            (
                &copy.target,
                copy.target_start..copy.target_start + copy.len,
            )
        })
    }

    /// Submits `commands`, which do `work` field multiplications, behind the copies from all open chunks.
    fn submit(&mut self, gpu: &Gpu, commands: Option<CommandBuffer>, work: u64) -> SubmissionIndex {
        let uploads = self.close(&gpu.device);
        let commands = uploads.into_iter().chain(commands);
        #[cfg(any(test, feature = "internals"))]
        let commands = gpu.befall(commands.collect(), self.targets());
        let index = gpu.queue.submit(commands);
        gpu.link.watch(work);
        let sent = |chunk: Chunk| Sent::new(chunk.buffer, Some(index.clone()));
        self.waiting.extend(self.open.drain(..).map(sent));
        index
    }

    /// A chunk with room.
    fn with_room(&mut self, gpu: &Gpu) -> Result<&mut Chunk, GpuError> {
        let is_full = |chunk: &Chunk| chunk.used_bytes >= CHUNK_BYTES;
        if self.open.last().is_none_or(is_full) {
            if self.waiting.is_empty() {
                self.submit(gpu, None, 0);
            }
            if let Some(sent) = self.waiting.pop_front() {
                self.open.push(Chunk {
                    buffer: sent.wait(&gpu.link)?,
                    used_bytes: 0,
                    copies: Vec::new(),
                });
            }
        }
        let lost = || {
            gpu.link
                .lose("no staging memory came back from it".to_owned())
        };
        self.open.last_mut().ok_or_else(lost)
    }
}

impl Gpu {
    /// Submits `commands`, which do `work` field multiplications and whose passes add `step` to the canary's
    /// sum, and before them the small uploads made so far. With the index comes the sum at their end.
    pub(super) fn submit(
        &self,
        commands: CommandBuffer,
        work: u64,
        step: u32,
    ) -> (SubmissionIndex, u32) {
        // Held over both, so that sums are expected in the queue's order.
        let mut chunks = self.belt.lock();
        let index = chunks.submit(self, Some(commands), work);
        (index, self.canary.expect(step))
    }

    /// Has `bytes` written to `target` before anything that is submitted from now on.
    pub(super) fn upload_small(
        &self,
        mut bytes: &[u8],
        target: &wgpu::Buffer,
        mut target_start: u64,
    ) -> Result<(), GpuError> {
        let mut chunks = self.belt.lock();
        while !bytes.is_empty() {
            let chunk = chunks.with_room(self)?;
            let start = chunk.used_bytes;
            let room = CHUNK_BYTES - start;
            let (piece, rest) = bytes.split_at(bytes.len().min(room as usize));
            staging::write(&self.link, &chunk.buffer, start, piece)?;
            let len = piece.len() as u64;
            chunk.used_bytes = (start + len).next_multiple_of(ALIGNMENT);
            chunk.copies.push(Copy {
                start,
                len,
                target: target.clone(),
                target_start,
            });
            bytes = rest;
            target_start += len;
        }
        Ok(())
    }
}
