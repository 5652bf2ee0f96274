//! Digests on the device, by number.

use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Recorder, SMALL_BUFFER_BYTES},
    kernels::trace::memory_tree::MAX_BLOCKS,
};

/// The least digests that a block has room for.
const MIN_BLOCK_LEN: usize = 1 << 12;

/// Digests on the device, each at a place that whoever asks for it has chosen. The values of a chunk of memory
/// are one, too. It grows as needed, and stays from one segment to the next.
#[derive(Clone, Debug, Default)]
pub struct DigestTable {
    blocks: Vec<Buffer<Digest>>,
}

/// A table as kernels take it.
pub(super) struct Blocks {
    pub(super) blocks: [Buffer<Digest>; MAX_BLOCKS],
    pub(super) log_block_len: u32,
}

impl DigestTable {
    /// Makes room for `len` digests; those that are there keep their places.
    pub(super) fn reserve(
        &mut self,
        recorder: &mut Recorder<'_>,
        len: usize,
    ) -> Result<(), GpuError> {
        let gpu = recorder.gpu();
        let block_len = 1 << log_block_len(gpu);
        if len > MAX_BLOCKS * block_len {
            return Err(GpuError::TooLarge {
                what: "the tree over the guest's memory",
                bytes: (len * size_of::<Digest>()) as u64,
                limit: (MAX_BLOCKS * block_len * size_of::<Digest>()) as u64,
            });
        }
        for (i, start) in (0..len).step_by(block_len).enumerate() {
            let needed = (len - start).min(block_len);
            let needed = needed.next_power_of_two().max(MIN_BLOCK_LEN);
            let n_before = self.blocks.get(i).map_or(0, Buffer::len);
            if needed <= n_before {
                continue;
            }
            let block = gpu.alloc(needed, "the tree over the guest's memory")?;
            match self.blocks.get_mut(i) {
                None => self.blocks.push(block),
                Some(before) => {
                    recorder.copy(before, 0..n_before, &block, 0);
                    *before = block;
                }
            }
        }
        Ok(())
    }

    /// Puts `digests` at `place` and those behind it, for which there is room.
    pub(super) fn put(
        &self,
        recorder: &mut Recorder<'_>,
        place: usize,
        digests: &[Digest],
    ) -> Result<(), GpuError> {
        let block_len = 1 << log_block_len(recorder.gpu());
        let (mut place, mut rest) = (place, digests);
        while !rest.is_empty() {
            let (block, at) = (place / block_len, place % block_len);
            let (here, later) = rest.split_at(rest.len().min(block_len - at));
            let uploaded = recorder.gpu().upload(here, "values of memory")?;
            recorder.copy(&uploaded, 0..here.len(), &self.blocks[block], at);
            (place, rest) = (place + here.len(), later);
        }
        Ok(())
    }

    /// The buffer of the digest at `place`, and its place there.
    pub(super) fn locate(&self, gpu: &Gpu, place: u32) -> (&Buffer<Digest>, usize) {
        let log_len = log_block_len(gpu);
        let block = (place >> log_len) as usize;
        (&self.blocks[block], (place & ((1 << log_len) - 1)) as usize)
    }

    pub(super) fn blocks(&self, gpu: &Gpu) -> Result<Blocks, GpuError> {
        let block = |i: usize| match self.blocks.get(i) {
            Some(block) => Ok(block.clone()),
            None => gpu.alloc(1, "no block of a tree"),
        };
        Ok(Blocks {
            blocks: [block(0)?, block(1)?, block(2)?, block(3)?],
            log_block_len: log_block_len(gpu),
        })
    }
}

/// Logarithm of the most digests of a block.
fn log_block_len(gpu: &Gpu) -> u32 {
    let bytes = gpu.max_binding_bytes().max(SMALL_BUFFER_BYTES);
    (bytes / size_of::<Digest>() as u64).ilog2()
}
