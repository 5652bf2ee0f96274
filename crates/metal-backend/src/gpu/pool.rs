//! Device memory that is given out again instead of being freed, because a fresh buffer costs an
//! allocation and a pass that zeroes it.

use std::{
    collections::HashMap,
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        Arc, Mutex, PoisonError,
    },
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
    budget_bytes: u64,
    idle: Mutex<HashMap<(Usage, u64), Vec<wgpu::Buffer>>>,
    idle_bytes: AtomicU64,
    in_use_bytes: AtomicU64,
    peak_bytes: AtomicU64,
}

/// One buffer of a [`Pool`], which it returns to when the last user drops it.
pub(super) struct Allocation {
    pub(super) buffer: wgpu::Buffer,
    usage: Usage,
    capacity_bytes: u64,
    pool: Arc<Pool>,
}

impl Pool {
    pub(super) fn new(device: Device, max_buffer_bytes: u64, budget_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            device,
            max_buffer_bytes,
            budget_bytes,
            idle: Mutex::default(),
            idle_bytes: AtomicU64::new(0),
            in_use_bytes: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
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
        let capacity_bytes = size_class(bytes).min(self.max_buffer_bytes);
        if self.in_use_bytes() + capacity_bytes > self.budget_bytes {
            return Err(self.out_of_memory(capacity_bytes, what));
        }
        let buffer = match self.take_idle(usage, capacity_bytes) {
            Some(buffer) => buffer,
            None => self.create(usage, capacity_bytes, what)?,
        };
        let in_use = self.in_use_bytes.fetch_add(capacity_bytes, Relaxed) + capacity_bytes;
        self.peak_bytes.fetch_max(in_use, Relaxed);
        Ok(Allocation {
            buffer,
            usage,
            capacity_bytes,
            pool: self.clone(),
        })
    }

    fn take_idle(&self, usage: Usage, capacity_bytes: u64) -> Option<wgpu::Buffer> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let buffer = idle.get_mut(&(usage, capacity_bytes))?.pop()?;
        self.idle_bytes.fetch_sub(capacity_bytes, Relaxed);
        Some(buffer)
    }

    fn create(
        &self,
        usage: Usage,
        capacity_bytes: u64,
        what: &'static str,
    ) -> Result<wgpu::Buffer, GpuError> {
        // Buffers of sizes that are no longer asked for must not pile up beside the live ones.
        let idle_after = self.idle_bytes.load(Relaxed) + capacity_bytes;
        let reserved_after = self.reserved_bytes() + capacity_bytes;
        if idle_after > self.peak_bytes() || reserved_after > self.budget_bytes {
            self.trim();
        }
        self.try_create(usage, capacity_bytes).or_else(|_| {
            self.trim();
            self.try_create(usage, capacity_bytes)
                .map_err(|_| self.out_of_memory(capacity_bytes, what))
        })
    }

    fn out_of_memory(&self, bytes: u64, what: &'static str) -> GpuError {
        GpuError::OutOfMemory {
            what,
            bytes,
            in_use: self.in_use_bytes(),
        }
    }

    fn try_create(&self, usage: Usage, size: u64) -> Result<wgpu::Buffer, wgpu::Error> {
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
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.clear();
        self.idle_bytes.store(0, Relaxed);
    }

    pub(super) fn in_use_bytes(&self) -> u64 {
        self.in_use_bytes.load(Relaxed)
    }

    pub(super) fn reserved_bytes(&self) -> u64 {
        self.in_use_bytes() + self.idle_bytes.load(Relaxed)
    }

    pub(super) fn peak_bytes(&self) -> u64 {
        self.peak_bytes.load(Relaxed)
    }

    /// Starts a new period whose peak is measured from what is in use now.
    pub(super) fn restart_peak(&self) {
        self.peak_bytes.store(self.in_use_bytes(), Relaxed);
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        let mut idle = self
            .pool
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        idle.entry((self.usage, self.capacity_bytes))
            .or_default()
            .push(self.buffer.clone());
        self.pool.idle_bytes.fetch_add(self.capacity_bytes, Relaxed);
        self.pool
            .in_use_bytes
            .fetch_sub(self.capacity_bytes, Relaxed);
    }
}

/// `bytes` rounded up so that at most an eighth is wasted and few distinct sizes arise.
fn size_class(bytes: u64) -> u64 {
    const SMALLEST: u64 = 256;
    let step = (bytes.max(1).next_power_of_two() / 16).max(SMALLEST);
    bytes.max(1).next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::size_class;

    #[test]
    fn size_classes_hold_the_request_and_waste_at_most_an_eighth() {
        for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, (1 << 30) - 1, 3 << 29]) {
            let class = size_class(bytes);
            assert!(class >= bytes && class.is_multiple_of(256));
            assert!(class - bytes <= (bytes / 8).max(255), "{bytes} -> {class}");
            assert_eq!(size_class(class), class, "a class is its own class");
        }
    }
}
