//! What a stage cost, in figures that are the same on every machine.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Work counted since the GPU was opened, or between two readings of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Command streams handed to the queue.
    pub submissions: u64,
    /// Kernel dispatches, with those of the canary.
    pub dispatches: u64,
    /// Waits for data to come back from the device, but for those that bring the canary alone.
    pub round_trips: u64,
    /// Bytes written to device buffers by the host.
    pub bytes_uploaded: u64,
    /// Bytes read from device buffers by the host, with the canary's.
    pub bytes_read_back: u64,
    /// Buffers taken from the driver: on the device, and on the host for what goes there and back.
    pub buffers_created: u64,
}

impl std::ops::Sub for Counters {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            submissions: self.submissions - earlier.submissions,
            dispatches: self.dispatches - earlier.dispatches,
            round_trips: self.round_trips - earlier.round_trips,
            bytes_uploaded: self.bytes_uploaded - earlier.bytes_uploaded,
            bytes_read_back: self.bytes_read_back - earlier.bytes_read_back,
            buffers_created: self.buffers_created - earlier.buffers_created,
        }
    }
}

/// The running totals behind [`Counters`]; the pool counts the buffers.
#[derive(Debug, Default)]
pub(super) struct Totals {
    submissions: AtomicU64,
    dispatches: AtomicU64,
    round_trips: AtomicU64,
    bytes_uploaded: AtomicU64,
    bytes_read_back: AtomicU64,
}

impl Totals {
    pub(super) fn submitted(&self, dispatches: u64) {
        self.submissions.fetch_add(1, Relaxed);
        self.dispatches.fetch_add(dispatches, Relaxed);
    }

    /// Counts a wait that brought back `bytes`, of which somebody asked for `asked_bytes`.
    pub(super) fn read_back(&self, asked_bytes: u64, bytes: u64) {
        self.round_trips
            .fetch_add(u64::from(asked_bytes > 0), Relaxed);
        self.bytes_read_back.fetch_add(bytes, Relaxed);
    }

    pub(super) fn uploaded(&self, bytes: u64) {
        self.bytes_uploaded.fetch_add(bytes, Relaxed);
    }

    pub(super) fn get(&self, buffers_created: u64) -> Counters {
        Counters {
            submissions: self.submissions.load(Relaxed),
            dispatches: self.dispatches.load(Relaxed),
            round_trips: self.round_trips.load(Relaxed),
            bytes_uploaded: self.bytes_uploaded.load(Relaxed),
            bytes_read_back: self.bytes_read_back.load(Relaxed),
            buffers_created,
        }
    }
}
