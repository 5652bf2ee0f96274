//! Device memory that is given out again instead of being freed, because a fresh buffer costs an
//! allocation and a pass that zeroes it.

use std::sync::{
    atomic::{AtomicU64, Ordering::Relaxed},
    Arc, Mutex, MutexGuard, PoisonError,
};

use wgpu::{BufferDescriptor, BufferUsages, Device, ErrorFilter};

use super::GpuError;

/// What a buffer can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Usage {
    /// Read and written by kernels, as storage or, for small tables, as uniforms; copied from and to.
    Storage,
    /// Copied to on the device, mapped and read by the host.
    ReadBack,
    /// Receives the timestamps of a submission.
    Timestamps,
}

impl Usage {
    fn flags(self) -> BufferUsages {
        match self {
            Self::Storage => {
                let copied = BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
                BufferUsages::STORAGE | BufferUsages::UNIFORM | copied
            }
            Self::ReadBack => BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            Self::Timestamps => BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC,
        }
    }
}

/// The idle buffers of one device, and the account of those in use.
pub(super) struct Pool {
    device: Device,
    max_buffer_bytes: u64,
    budget_bytes: Option<u64>,
    /// Takes the place of every buffer in a pool without memory.
    placeholder: Option<wgpu::Buffer>,
    idle: Mutex<Idle>,
    reserved_bytes: AtomicU64,
    in_use_bytes: AtomicU64,
    peak_bytes: AtomicU64,
    highest_bytes: AtomicU64,
    /// The peak of late, which fades while less is used.
    recent_peak_bytes: AtomicU64,
}

/// Buffers that nobody uses, those that came back first in front.
#[derive(Default)]
struct Idle(Vec<IdleBuffer>);

struct IdleBuffer {
    buffer: wgpu::Buffer,
    usage: Usage,
    capacity_bytes: u64,
}

/// One buffer of a [`Pool`], which it returns to when the last user drops it.
pub(super) struct Allocation {
    pub(super) buffer: wgpu::Buffer,
    usage: Usage,
    /// What was asked for, rounded up.
    bytes: u64,
    /// Size of the buffer.
    capacity_bytes: u64,
    pool: Arc<Pool>,
}

impl Idle {
    /// The smallest buffer that holds `bytes` and at most `waste` more.
    fn take(&mut self, usage: Usage, bytes: u64, waste: u64) -> Option<IdleBuffer> {
        let sizes = bytes..=bytes + waste;
        let fits = |idle: &IdleBuffer| idle.usage == usage && sizes.contains(&idle.capacity_bytes);
        let candidates = self.0.iter().enumerate().filter(|(_, idle)| fits(idle));
        let (position, _) = candidates.min_by_key(|(_, idle)| idle.capacity_bytes)?;
        Some(self.0.remove(position))
    }
}

impl Pool {
    /// The pool of `device`, with at most `budget_bytes` of its memory.
    pub(super) fn new(
        device: Device,
        max_buffer_bytes: u64,
        budget_bytes: Option<u64>,
    ) -> Arc<Self> {
        Arc::new(Self {
            device,
            max_buffer_bytes,
            budget_bytes,
            placeholder: None,
            idle: Mutex::default(),
            reserved_bytes: AtomicU64::new(0),
            in_use_bytes: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
            highest_bytes: AtomicU64::new(0),
            recent_peak_bytes: AtomicU64::new(0),
        })
    }

    /// A pool that only keeps the account, with the limits of `like` but its budget.
    pub(super) fn without_memory(like: &Self) -> Arc<Self> {
        let placeholder = like.device.create_buffer(&BufferDescriptor {
            label: None,
            size: 256,
            usage: Usage::Storage.flags(),
            mapped_at_creation: false,
        });
        Arc::new(Self {
            device: like.device.clone(),
            max_buffer_bytes: like.max_buffer_bytes,
            budget_bytes: None,
            placeholder: Some(placeholder),
            idle: Mutex::default(),
            reserved_bytes: AtomicU64::new(0),
            in_use_bytes: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
            highest_bytes: AtomicU64::new(0),
            recent_peak_bytes: AtomicU64::new(0),
        })
    }

    /// A buffer of at least `bytes`, with contents left over from its last use.
    pub(super) fn take(
        self: &Arc<Self>,
        usage: Usage,
        bytes: u64,
        what: &'static str,
    ) -> Result<Allocation, GpuError> {
        if bytes > self.max_buffer_bytes {
            return Err(GpuError::TooLarge {
                what,
                bytes,
                limit: self.max_buffer_bytes,
            });
        }
        let bytes = size_class(bytes).min(self.max_buffer_bytes);
        let idle = self
            .lock_idle()
            .take(usage, bytes, self.tolerated_waste(bytes));
        let (buffer, capacity_bytes) = match idle {
            Some(idle) => (idle.buffer, idle.capacity_bytes),
            None => (self.create(usage, bytes, what)?, bytes),
        };
        let in_use = self.in_use_bytes.fetch_add(bytes, Relaxed) + bytes;
        self.peak_bytes.fetch_max(in_use, Relaxed);
        self.highest_bytes.fetch_max(in_use, Relaxed);
        self.recent_peak_bytes.fetch_max(in_use, Relaxed);
        Ok(Allocation {
            buffer,
            usage,
            bytes,
            capacity_bytes,
            pool: self.clone(),
        })
    }

    /// How much larger than `bytes` a buffer may be that serves for them: nothing where memory is
    /// short.
    fn tolerated_waste(&self, bytes: u64) -> u64 {
        match self.budget_bytes {
            Some(budget) if self.reserved_bytes() > budget / 8 => 0,
            _ => bytes / 4,
        }
    }

    fn lock_idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn create(
        &self,
        usage: Usage,
        bytes: u64,
        what: &'static str,
    ) -> Result<wgpu::Buffer, GpuError> {
        // Buffers of sizes that are no longer asked for must not pile up beside the live ones: half
        // as much again as what is used at once serves the sizes of all stages.
        let wanted = self
            .recent_peak_bytes
            .load(Relaxed)
            .max(self.in_use_bytes() + bytes);
        let budget = self.budget_bytes.unwrap_or(u64::MAX);
        self.free_idle(bytes, (wanted + wanted / 2).min(budget));
        if self.reserved_bytes() + bytes > budget {
            return Err(self.out_of_memory(bytes, what));
        }
        let created = self.try_create(usage, bytes).or_else(|_| {
            self.trim();
            // The driver frees memory when the work that uses it is done. If waiting fails, so does
            // the second attempt.
            let _ = self.device.poll(wgpu::PollType::wait_indefinitely());
            self.try_create(usage, bytes)
                .map_err(|_| self.out_of_memory(bytes, what))
        })?;
        self.reserved_bytes.fetch_add(bytes, Relaxed);
        Ok(created)
    }

    /// Frees idle buffers, the oldest first, until `bytes` more make no more than `limit`.
    fn free_idle(&self, bytes: u64, limit: u64) {
        let mut idle = self.lock_idle();
        let mut n_freed = 0;
        while self.reserved_bytes() + bytes > limit && n_freed < idle.0.len() {
            self.reserved_bytes
                .fetch_sub(idle.0[n_freed].capacity_bytes, Relaxed);
            n_freed += 1;
        }
        idle.0.drain(..n_freed);
    }

    fn out_of_memory(&self, bytes: u64, what: &'static str) -> GpuError {
        GpuError::OutOfMemory {
            what,
            bytes,
            in_use: self.in_use_bytes(),
        }
    }

    fn try_create(&self, usage: Usage, size: u64) -> Result<wgpu::Buffer, wgpu::Error> {
        if let Some(placeholder) = &self.placeholder {
            return Ok(placeholder.clone());
        }
        let validation = self.device.push_error_scope(ErrorFilter::Validation);
        let memory = self.device.push_error_scope(ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&BufferDescriptor {
            label: None,
            size,
            usage: usage.flags(),
            mapped_at_creation: false,
        });
        let errors = [
            pollster::block_on(memory.pop()),
            pollster::block_on(validation.pop()),
        ];
        errors.into_iter().flatten().next().map_or(Ok(buffer), Err)
    }

    /// Gives all idle memory back to the driver.
    pub(super) fn trim(&self) {
        self.free_idle(0, 0);
        self.recent_peak_bytes.store(self.in_use_bytes(), Relaxed);
    }

    pub(super) fn in_use_bytes(&self) -> u64 {
        self.in_use_bytes.load(Relaxed)
    }

    pub(super) fn reserved_bytes(&self) -> u64 {
        self.reserved_bytes.load(Relaxed)
    }

    pub(super) fn peak_bytes(&self) -> u64 {
        self.peak_bytes.load(Relaxed)
    }

    pub(super) fn highest_bytes(&self) -> u64 {
        self.highest_bytes.load(Relaxed)
    }

    pub(super) fn budget_bytes(&self) -> Option<u64> {
        self.budget_bytes
    }

    /// Starts a new period whose peak is measured from what is in use now.
    pub(super) fn restart_peak(&self) {
        let fade = |peak: u64| Some((peak - peak / 32).max(self.in_use_bytes()));
        // The closure always gives a value.
        let _ = self.recent_peak_bytes.fetch_update(Relaxed, Relaxed, fade);
        self.peak_bytes.store(self.in_use_bytes(), Relaxed);
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        self.pool.lock_idle().0.push(IdleBuffer {
            buffer: self.buffer.clone(),
            usage: self.usage,
            capacity_bytes: self.capacity_bytes,
        });
        self.pool.in_use_bytes.fetch_sub(self.bytes, Relaxed);
    }
}

/// `bytes` rounded up so that at most a 32nd is wasted and few distinct sizes arise.
fn size_class(bytes: u64) -> u64 {
    const SMALLEST: u64 = 256;
    let step = (bytes.max(1).next_power_of_two() / 64).max(SMALLEST);
    bytes.max(1).next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::size_class;

    #[test]
    fn size_classes_hold_the_request_and_waste_at_most_a_32nd() {
        for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, (1 << 30) - 1, 3 << 29]) {
            let class = size_class(bytes);
            assert!(class >= bytes && class.is_multiple_of(256));
            assert!(class - bytes <= (bytes / 32).max(255), "{bytes} -> {class}");
            assert_eq!(size_class(class), class, "a class is its own class");
        }
    }
}
