//! What tells a GPU that did its work from one that says so. Metal counts a command buffer that it gave up,
//! for want of memory or because a kernel ran too long, as done, and its buffers read zero or as before
//! (wgpu issue 9545).
//!
//! Each pass of kernels, which on Metal is a command buffer, ends with one more: it adds the pass's number,
//! which the host gave it, to a sum. Every submission has such a pass, and whatever is waited for brings the
//! sum back as it was at its end. The queue runs in order, so the sum is wrong as soon as any pass before
//! was left out, also of those submissions that nobody waits for. It says nothing of copies and clears in
//! the midst of a submission, nor whether kernels computed the right thing: a verifier does.

use std::sync::{
    atomic::{AtomicU32, Ordering::Relaxed},
    Arc, OnceLock,
};

use wgpu::{BindGroupDescriptor, BindGroupEntry, BindingResource, BufferBinding, BufferSize};

use super::{
    kernel,
    pool::{Pool, Usage},
    Binding, Gpu, GpuError, KernelText, Pipeline,
};

/// Bytes that a submission brings back of it: the sum, a word of what was written last, and both mixed.
pub(super) const CANARY_BYTES: u64 = 12;

/// Any odd number with bits set all over.
const FACTOR: u32 = 0x9e37_79b9;

kernel! {
    /// Adds a number to the sum.
    pub struct Sing("canary");
    text(_multiply) = [format!("const FACTOR = {FACTOR}u;\n"), include_str!("canary.wgsl")];
    workgroup_size = [1, 1, 1];
    bindings SingBindings {
        /// What was written last.
        last: Read<u32>,
        /// The sum, the word, both mixed.
        canary: Write<u32>,
    }
    params SingParams {
        /// What is added.
        step,
    }
    grid(_params) = [1, 1, 1];
}

/// The sum of an opened GPU, on both sides. Its buffer stands beside the budget of memory.
pub(super) struct Canary {
    sum: wgpu::Buffer,
    kernel: OnceLock<Result<Arc<Pipeline>, GpuError>>,
    /// Passes that have been numbered.
    n_passes: AtomicU32,
    /// The sum when all that was submitted is done.
    expected: AtomicU32,
}

/// What the canary does in one submission.
pub(super) struct Song<'g> {
    gpu: &'g Gpu,
    kernel: Arc<Pipeline>,
    /// What its passes add.
    pub(super) sum: u32,
    /// Number of its passes.
    pub(super) n_passes: u64,
}

impl Canary {
    /// The canary of the device whose memory is in `pool`.
    pub(super) fn new(pool: &Pool) -> Result<Self, GpuError> {
        Ok(Self {
            // The driver hands out zeroed memory.
            sum: pool.try_create(Usage::Storage, CANARY_BYTES, "canary")?,
            kernel: OnceLock::new(),
            n_passes: AtomicU32::new(0),
            expected: AtomicU32::new(0),
        })
    }

    /// Where the sum is on the device.
    pub(super) fn buffer(&self) -> &wgpu::Buffer {
        &self.sum
    }

    /// Notes that what adds `step` comes next in the queue. The sum when it is done.
    pub(super) fn expect(&self, step: u32) -> u32 {
        self.expected.fetch_add(step, Relaxed).wrapping_add(step)
    }
}

impl<'g> Song<'g> {
    /// The song of a submission to `gpu`.
    pub(super) fn new(gpu: &'g Gpu) -> Result<Self, GpuError> {
        let compile = || gpu.compile(&KernelText::new::<Sing>(gpu.multiply(), ()));
        Ok(Self {
            gpu,
            kernel: gpu.canary.kernel.get_or_init(compile).clone()?,
            sum: 0,
            n_passes: 0,
        })
    }

    /// Ends a pass, whose last kernel wrote `last`.
    pub(super) fn encode(&mut self, pass: &mut wgpu::ComputePass<'_>, last: &Binding) {
        let Self { gpu, kernel, .. } = self;
        let step = step(gpu.canary.n_passes.fetch_add(1, Relaxed));
        self.sum = self.sum.wrapping_add(step);
        self.n_passes += 1;
        let bound = |binding, buffer, bytes| BindGroupEntry {
            binding,
            resource: BindingResource::Buffer(BufferBinding {
                buffer,
                offset: 0,
                size: BufferSize::new(bytes),
            }),
        };
        let group = gpu.device.create_bind_group(&BindGroupDescriptor {
            label: Some(&kernel.name),
            layout: &kernel.layout,
            entries: &[
                bound(0, &last.allocation.buffer, size_of::<u32>() as u64),
                bound(1, gpu.canary.buffer(), CANARY_BYTES),
            ],
        });
        pass.set_pipeline(&kernel.compute);
        pass.set_bind_group(0, &group, &[]);
        pass.set_immediates(0, bytemuck::bytes_of(&step));
        pass.dispatch_workgroups(1, 1, 1);
    }
}

/// What a pass adds: never zero, and of no other pass for long.
fn step(number: u32) -> u32 {
    number.wrapping_mul(FACTOR) | 1
}

/// Whether `bytes`, which came back, say that the sum is `expected`.
pub(super) fn is_alive(bytes: &[u8], expected: u32) -> bool {
    let words: Vec<u32> = bytemuck::pod_collect_to_vec(bytes);
    let mixed = |word: u32| ((expected | 1).wrapping_mul(FACTOR)) ^ word;
    matches!(words[..], [sum, word, mix] if sum == expected && mix == mixed(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: [u32; 3]) -> Vec<u8> {
        bytemuck::cast_slice(&words).to_vec()
    }

    #[test]
    fn zeroed_and_stale_words_are_none_of_a_living_canary() {
        for expected in [0, 1, 2, 77, u32::MAX] {
            for word in [0, 5, u32::MAX] {
                let mixed = (expected | 1).wrapping_mul(FACTOR) ^ word;
                assert!(is_alive(&words([expected, word, mixed]), expected));
                assert!(!is_alive(&words([expected, word, mixed]), expected ^ 2));
                assert!(!is_alive(&words([expected, word ^ 1, mixed]), expected));
                assert!(!is_alive(&words([expected, word, mixed])[..8], expected));
            }
            assert!(!is_alive(&words([0; 3]), expected));
        }
    }

    #[test]
    fn passes_that_are_left_out_change_the_sum() {
        let steps: Vec<u32> = (0..256).map(step).collect();
        for first in 0..steps.len() {
            let mut left_out = 0u32;
            for &step in &steps[first..] {
                left_out = left_out.wrapping_add(step);
                assert_ne!(left_out, 0);
            }
        }
    }
}
