//! Time on the device, from timestamps around compute passes.

use std::ops::Range;

use wgpu::{CommandEncoder, ComputePassTimestampWrites, QuerySet, QuerySetDescriptor, QueryType};

use super::{
    pool::{Allocation, Fit, Usage},
    Gpu, GpuError,
};

const STAMP_BYTES: u64 = 8;

/// Queries in a set: as many as WebGPU allows.
const QUERIES_PER_SET: u32 = 4096;

/// The timestamps of one submission: a start and an end of all its passes together, or of each.
pub(super) struct Clock {
    sets: Vec<QuerySet>,
    n_stamps: u32,
    device: Allocation,
    host: Allocation,
    kernels: Option<Vec<String>>,
}

/// What the clocks of a stage read.
pub(super) struct Reading<'c> {
    /// From the first pass's start to the last one's end.
    pub device_ns: u64,
    /// By pass, its kernel and its time, where every kernel has a pass of its own.
    pub kernels: Vec<(&'c String, u64)>,
}

impl Clock {
    /// A clock for all passes together, or, with `kernels`, for one pass for each of them. `None`
    /// where the adapter has no timestamps.
    pub(super) fn new(gpu: &Gpu, kernels: Option<Vec<String>>) -> Result<Option<Self>, GpuError> {
        if gpu.nanoseconds_per_tick.is_none() {
            return Ok(None);
        }
        let n_stamps = 2 * kernels.as_ref().map_or(1, |kernels| kernels.len() as u32);
        let set = |first: u32| {
            gpu.device.create_query_set(&QuerySetDescriptor {
                label: None,
                ty: QueryType::Timestamp,
                count: QUERIES_PER_SET.min(n_stamps - first),
            })
        };
        let bytes = u64::from(n_stamps) * STAMP_BYTES;
        let take = |usage| gpu.pool.take(usage, bytes, Fit::Roomy, "timestamps");
        Ok(Some(Self {
            sets: (0..n_stamps)
                .step_by(QUERIES_PER_SET as usize)
                .map(set)
                .collect(),
            n_stamps,
            device: take(Usage::Timestamps)?,
            host: take(Usage::ReadBack)?,
            kernels,
        }))
    }

    /// The stamps that pass `pass` of `n_passes` writes.
    pub(super) fn writes(
        &self,
        pass: usize,
        n_passes: usize,
    ) -> Option<ComputePassTimestampWrites<'_>> {
        let is_timed_alone = self.kernels.is_some();
        let first = if is_timed_alone { 2 * pass as u32 } else { 0 };
        let beginning = (is_timed_alone || pass == 0).then_some(first % QUERIES_PER_SET);
        let end = (is_timed_alone || pass + 1 == n_passes).then_some((first + 1) % QUERIES_PER_SET);
        beginning.or(end)?;
        Some(ComputePassTimestampWrites {
            query_set: &self.sets[(first / QUERIES_PER_SET) as usize],
            beginning_of_pass_write_index: beginning,
            end_of_pass_write_index: end,
        })
    }

    /// Brings the stamps to where [`Self::host`] can be mapped.
    pub(super) fn resolve(&self, encoder: &mut CommandEncoder) {
        let (device, host) = (&self.device.buffer, &self.host.buffer);
        for (i, set) in (0..).zip(&self.sets) {
            let first = i * QUERIES_PER_SET;
            let count = QUERIES_PER_SET.min(self.n_stamps - first);
            encoder.resolve_query_set(set, 0..count, device, u64::from(first) * STAMP_BYTES);
        }
        encoder.copy_buffer_to_buffer(device, 0, host, 0, self.bytes().end);
    }

    /// The memory that holds the stamps after the submission.
    pub(super) fn host(&self) -> &Allocation {
        &self.host
    }

    /// The bytes of [`Self::host`] that hold them.
    pub(super) fn bytes(&self) -> Range<u64> {
        0..u64::from(self.n_stamps) * STAMP_BYTES
    }

    /// The kernel of each pass, where every kernel has a pass of its own.
    pub(super) fn kernels(&self) -> impl Iterator<Item = &String> {
        self.kernels.iter().flatten()
    }
}

impl<'c> Reading<'c> {
    /// What the stamps of a stage stand for, two of each pass in order; `None` without stamps.
    pub(super) fn new(
        stamps: &[u64],
        kernels: impl Iterator<Item = &'c String>,
        nanoseconds_per_tick: f32,
    ) -> Option<Self> {
        let between = |start: u64, end: u64| {
            (end.saturating_sub(start) as f64 * f64::from(nanoseconds_per_tick)) as u64
        };
        let passes = stamps.chunks_exact(2);
        let passes = passes.map(|pass| between(pass[0], pass[1]));
        Some(Self {
            device_ns: between(*stamps.first()?, *stamps.last()?),
            kernels: kernels.zip(passes).collect(),
        })
    }
}
