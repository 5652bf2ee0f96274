//! Device memory that is given out again instead of being freed, because a fresh buffer costs an
//! allocation and a pass that zeroes it.

use std::{
    ops::RangeInclusive,
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        Arc, Mutex, MutexGuard, PoisonError,
    },
};

use wgpu::{BufferDescriptor, BufferUsages, ErrorFilter};

use super::{
    account::Account,
    link::Link,
    staging::{Ring, Wait},
    GpuError,
};

/// What a buffer can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Usage {
    /// Read and written by kernels, as storage or, for small tables, as uniforms; copied from and to.
    Storage,
    /// Copied to on the device, mapped and read by the host.
    ReadBack,
    /// Receives the timestamps of a submission.
    Timestamps,
    /// Mapped from the start and written by the host, copied from on the device.
    Staging,
}

impl Usage {
    fn flags(self) -> BufferUsages {
        match self {
            Self::Storage => {
                let copied = BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
                BufferUsages::STORAGE | BufferUsages::UNIFORM | copied
            }
            Self::ReadBack => BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            Self::Timestamps => {
                let copied = BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
                BufferUsages::QUERY_RESOLVE | copied
            }
            Self::Staging => BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC,
        }
    }
}

/// How large the buffer is that serves for a number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// As large as asked for: for what the host brings, which may stay, and must not take more of the
    /// memory that there is for proofs than it needs.
    Exact,
    /// One of few sizes, where there is room, so that work of other shapes finds buffers that fit.
    Roomy,
}

/// The idle buffers of one device, and the account of those in use.
pub(super) struct Pool {
    pub(super) link: Arc<Link>,
    pub(super) account: Arc<Account>,
    max_buffer_bytes: u64,
    budget_bytes: Option<u64>,
    /// Takes the place of every buffer in a pool without memory.
    placeholder: Option<wgpu::Buffer>,
    idle: Mutex<Idle>,
    pub(super) ring: Ring,
    n_created: AtomicU64,
    /// Only added to by the account.
    pub(super) reserved_bytes: AtomicU64,
    in_use_bytes: AtomicU64,
    /// What live buffers have beyond what was asked for.
    wasted_bytes: AtomicU64,
    peak_bytes: AtomicU64,
    highest_bytes: AtomicU64,
    /// Highest number of bytes in use since idle memory was last given back.
    kept_peak_bytes: AtomicU64,
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
    /// The smallest buffer of a size within `sizes`.
    fn take(&mut self, usage: Usage, sizes: RangeInclusive<u64>) -> Option<IdleBuffer> {
        let fits = |idle: &IdleBuffer| idle.usage == usage && sizes.contains(&idle.capacity_bytes);
        let candidates = self.0.iter().enumerate().filter(|(_, idle)| fits(idle));
        let (position, _) = candidates.min_by_key(|(_, idle)| idle.capacity_bytes)?;
        Some(self.0.remove(position))
    }
}

impl Pool {
    /// A pool of the device behind `link`, with at most `budget_bytes` of the memory in `account`.
    pub(super) fn new(
        link: Arc<Link>,
        account: Arc<Account>,
        max_buffer_bytes: u64,
        budget_bytes: Option<u64>,
    ) -> Arc<Self> {
        Self::with_placeholder(link, account, max_buffer_bytes, budget_bytes, None)
    }

    /// A pool that only keeps an account, with the limits of `like` but its budget.
    pub(super) fn without_memory(like: &Self) -> Arc<Self> {
        let placeholder = like.link.device().create_buffer(&BufferDescriptor {
            label: None,
            size: 256,
            usage: Usage::Storage.flags(),
            mapped_at_creation: false,
        });
        let (link, account) = (like.link.clone(), Arc::default());
        Self::with_placeholder(
            link,
            account,
            like.max_buffer_bytes,
            None,
            Some(placeholder),
        )
    }

    fn with_placeholder(
        link: Arc<Link>,
        account: Arc<Account>,
        max_buffer_bytes: u64,
        budget_bytes: Option<u64>,
        placeholder: Option<wgpu::Buffer>,
    ) -> Arc<Self> {
        let pool = Arc::new(Self {
            link,
            account,
            max_buffer_bytes,
            budget_bytes,
            placeholder,
            idle: Mutex::default(),
            ring: Ring::default(),
            n_created: AtomicU64::new(0),
            reserved_bytes: AtomicU64::new(0),
            in_use_bytes: AtomicU64::new(0),
            wasted_bytes: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
            highest_bytes: AtomicU64::new(0),
            kept_peak_bytes: AtomicU64::new(0),
        });
        pool.account.add(&pool);
        pool
    }

    /// A buffer of at least `bytes`, with contents left over from its last use.
    pub(super) fn take(
        self: &Arc<Self>,
        usage: Usage,
        bytes: u64,
        fit: Fit,
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
        let sizes = match fit {
            Fit::Exact => bytes..=bytes,
            Fit::Roomy => self.roomy_sizes(bytes),
        };
        let new_bytes = *sizes.start();
        let idle = self.lock_idle().take(usage, sizes);
        let (buffer, capacity_bytes) = match idle {
            Some(idle) => (idle.buffer, idle.capacity_bytes),
            None => (self.create(usage, new_bytes, what)?, new_bytes),
        };
        self.wasted_bytes.fetch_add(capacity_bytes - bytes, Relaxed);
        let in_use = self.in_use_bytes.fetch_add(bytes, Relaxed) + bytes;
        self.peak_bytes.fetch_max(in_use, Relaxed);
        self.highest_bytes.fetch_max(in_use, Relaxed);
        self.kept_peak_bytes.fetch_max(in_use, Relaxed);
        Ok(Allocation {
            buffer,
            usage,
            bytes,
            capacity_bytes,
            pool: self.clone(),
        })
    }

    /// The sizes of buffers that may serve for `bytes`, a new one that of the first.
    ///
    /// Where there is room, it is one of few sizes, so that other shapes find buffers that fit; and
    /// only that one, so that no buffer is taken away from whoever needed it the time before: the same
    /// work again finds all of its buffers. Where memory is short, nothing is added, and every buffer
    /// will do that does not take more than there is.
    fn roomy_sizes(&self, bytes: u64) -> RangeInclusive<u64> {
        let coarse = coarse_size_class(bytes).min(self.max_buffer_bytes);
        let spoken_for = self.account.claims.spoken(self);
        let left = spoken_for.map(|spoken| spoken.left_beside(bytes));
        let left = left[0].min(left[1]);
        match left >= coarse - bytes {
            true => coarse..=coarse,
            false => bytes..=bytes + left,
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
        // Segments of a program differ in their heights, and its aggregation in its parameters: as much
        // again as what was ever used at once serves them all.
        let used = self.kept_peak_bytes.load(Relaxed);
        let limit = used.max(self.in_use_bytes() + bytes).saturating_mul(2);
        let limit = limit.saturating_add(self.ring.reserved_bytes());
        self.free_idle((self.reserved_bytes() + bytes).saturating_sub(limit));
        while let Err(missing) = self.account.try_reserve(self, bytes) {
            // Somebody else may take what is freed here, so that more must be freed.
            if !self.make_room(missing) {
                return Err(self.out_of_memory(bytes, what));
            }
        }
        let created = self.create_or_wait(usage, bytes, what);
        created.inspect_err(|_| self.unreserve(bytes))
    }

    /// A buffer, at the second attempt when the driver has freed what it can.
    fn create_or_wait(
        &self,
        usage: Usage,
        bytes: u64,
        what: &'static str,
    ) -> Result<wgpu::Buffer, GpuError> {
        let created = self.try_create(usage, bytes, what);
        let Err(GpuError::OutOfMemory { .. }) = created else {
            return created;
        };
        self.trim();
        for other in self.account.others(self) {
            other.give_back(u64::MAX, Wait::No);
            // An error there is no error here.
            let _ = other.link.tend();
        }
        // The driver frees memory when the work that uses it is done.
        self.link.wait(None, what)?;
        self.try_create(usage, bytes, what)
    }

    /// Frees at least `bytes` of what nobody uses, if there are as many, here or with others who have
    /// opened the adapter. Whether anything was freed.
    fn make_room(&self, bytes: u64) -> bool {
        let mut freed = self.give_back(bytes, Wait::Yes);
        for other in self.account.others(self) {
            freed += other.give_back(bytes.saturating_sub(freed), Wait::No);
        }
        freed > 0
    }

    fn give_back(&self, bytes: u64, wait: Wait) -> u64 {
        let freed = self.free_idle(bytes);
        freed + self.shrink_ring(bytes.saturating_sub(freed), wait)
    }

    /// Frees idle buffers, the oldest first, of at least `bytes` if there are as many. How many they were.
    fn free_idle(&self, bytes: u64) -> u64 {
        let mut idle = self.lock_idle();
        let (mut n_freed, mut freed) = (0, 0);
        while freed < bytes && n_freed < idle.0.len() {
            freed += idle.0[n_freed].capacity_bytes;
            n_freed += 1;
        }
        idle.0.drain(..n_freed);
        self.unreserve(freed);
        freed
    }

    /// Counts `bytes` as reserved no longer.
    pub(super) fn unreserve(&self, bytes: u64) {
        self.reserved_bytes.fetch_sub(bytes, Relaxed);
    }

    pub(super) fn out_of_memory(&self, bytes: u64, what: &'static str) -> GpuError {
        GpuError::OutOfMemory {
            what,
            bytes,
            in_use: self.in_use_bytes(),
        }
    }

    /// A buffer of the driver's. Whoever calls this has reserved its bytes.
    pub(super) fn try_create(
        &self,
        usage: Usage,
        bytes: u64,
        what: &'static str,
    ) -> Result<wgpu::Buffer, GpuError> {
        self.n_created.fetch_add(1, Relaxed);
        if let Some(placeholder) = &self.placeholder {
            return Ok(placeholder.clone());
        }
        #[cfg(any(test, feature = "internals"))]
        if self.link.faults.refuses_memory() {
            return Err(self.out_of_memory(bytes, what));
        }
        let device = self.link.device();
        let validation = device.push_error_scope(ErrorFilter::Validation);
        let memory = device.push_error_scope(ErrorFilter::OutOfMemory);
        let buffer = device.create_buffer(&BufferDescriptor {
            label: None,
            size: bytes,
            usage: usage.flags(),
            mapped_at_creation: usage == Usage::Staging,
        });
        let errors = [
            pollster::block_on(memory.pop()),
            pollster::block_on(validation.pop()),
        ];
        // A lost device makes buffers without memory, and no error.
        self.link.check()?;
        match errors.into_iter().flatten().next() {
            None => Ok(buffer),
            Some(wgpu::Error::OutOfMemory { .. }) => Err(self.out_of_memory(bytes, what)),
            Some(error) => Err(GpuError::Buffer {
                what,
                bytes,
                reason: error.to_string(),
            }),
        }
    }

    /// Gives all idle memory back to the driver.
    pub(super) fn trim(&self) {
        self.give_back(u64::MAX, Wait::Yes);
        self.kept_peak_bytes.store(self.in_use_bytes(), Relaxed);
    }

    /// Number of buffers taken from the driver so far.
    pub(super) fn n_created(&self) -> u64 {
        self.n_created.load(Relaxed)
    }

    pub(super) fn in_use_bytes(&self) -> u64 {
        self.in_use_bytes.load(Relaxed)
    }

    pub(super) fn wasted_bytes(&self) -> u64 {
        self.wasted_bytes.load(Relaxed)
    }

    /// What live buffers take.
    pub(super) fn live_bytes(&self) -> u64 {
        self.in_use_bytes() + self.wasted_bytes()
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

    /// The most bytes to reserve.
    pub(super) fn budget(&self) -> u64 {
        self.budget_bytes.unwrap_or(u64::MAX)
    }

    /// Starts a new period whose peak is measured from what is in use now.
    pub(super) fn restart_peak(&self) {
        self.peak_bytes.store(self.in_use_bytes(), Relaxed);
    }
}

impl Allocation {
    /// The device that it is on.
    pub(super) fn link(&self) -> &Arc<Link> {
        &self.pool.link
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        // On a lost device nothing is used again, and what was to be read may still be mapped.
        match self.pool.link.is_lost() {
            true => self.pool.unreserve(self.capacity_bytes),
            false => self.pool.lock_idle().0.push(IdleBuffer {
                buffer: self.buffer.clone(),
                usage: self.usage,
                capacity_bytes: self.capacity_bytes,
            }),
        }
        let wasted_bytes = self.capacity_bytes - self.bytes;
        self.pool.wasted_bytes.fetch_sub(wasted_bytes, Relaxed);
        self.pool.in_use_bytes.fetch_sub(self.bytes, Relaxed);
    }
}

/// `bytes` rounded up so that at most a 32nd is wasted and few distinct sizes arise.
fn size_class(bytes: u64) -> u64 {
    const SMALLEST: u64 = 256;
    let step = (bytes.max(1).next_power_of_two() / 64).max(SMALLEST);
    bytes.max(1).next_multiple_of(step)
}

/// `bytes` rounded up to a power of two or one and a half of it. Over segments of a VM whose heights
/// differ, what is reserved is a sixth more than what is used at once; with finer sizes it is more
/// still, as fewer buffers serve twice (`memory/tests.rs` counts).
fn coarse_size_class(bytes: u64) -> u64 {
    let step = (bytes.next_power_of_two() / 4).max(1);
    bytes.next_multiple_of(step)
}

#[cfg(test)]
mod tests;
