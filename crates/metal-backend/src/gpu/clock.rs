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

/// What the clocks of a stage read. Some drivers write no timestamps, or zero (wgpu issue 9414): such a
/// time is not known, which is another thing than no time.
pub(super) struct Reading<'c> {
    /// From the first pass's start to the last one's end.
    pub device_ns: Option<u64>,
    /// By pass, its kernel and its time, where every kernel has a pass of its own.
    pub kernels: Vec<(&'c String, Option<u64>)>,
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
        // What is left of another submission is not to be taken for stamps that never came.
        encoder.clear_buffer(device, 0, Some(self.bytes().end));
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
    /// What the stamps of a stage stand for, two of each pass in order.
    pub(super) fn new(
        stamps: &[u64],
        kernels: impl Iterator<Item = &'c String>,
        nanoseconds_per_tick: f32,
    ) -> Self {
        let between = |start: u64, end: u64| {
            let ticks = end
                .checked_sub(start)
                .filter(|&ticks| start > 0 && ticks > 0)?;
            Some((ticks as f64 * f64::from(nanoseconds_per_tick)) as u64)
        };
        let passes = stamps.chunks_exact(2);
        let passes = passes.map(|pass| between(pass[0], pass[1]));
        let ends = stamps.first().zip(stamps.last());
        Self {
            device_ns: ends.and_then(|(&start, &end)| between(start, end)),
            kernels: kernels.zip(passes).collect(),
        }
    }

    /// By kernel, in the order of their first dispatches: how often it ran, and the time of all its
    /// dispatches, which is not known if one of them is not.
    pub(super) fn sums(&self) -> Vec<(&'c str, u64, Option<u64>)> {
        let mut sums: Vec<(&str, u64, Option<u64>)> = Vec::new();
        for &(kernel, ns) in &self.kernels {
            match sums.iter_mut().find(|(name, ..)| *name == kernel) {
                Some((_, dispatches, sum)) => {
                    *dispatches += 1;
                    *sum = sum.zip(ns).map(|(sum, ns)| sum + ns);
                }
                None => sums.push((kernel, 1, ns)),
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_that_are_zero_or_out_of_order_are_of_no_known_time() {
        let kernels = ["a", "b", "a", "c"].map(str::to_owned);
        let read = |stamps: &[u64]| Reading::new(stamps, kernels.iter(), 2.0);
        assert_eq!(read(&[]).device_ns, None);
        for (stamps, device_ns) in [
            ([3, 7], Some(8)),
            ([0, 0], None),
            ([0, 7], None),
            ([3, 0], None),
            ([7, 3], None),
            ([7, 7], None),
        ] {
            assert_eq!(read(&stamps).device_ns, device_ns, "{stamps:?}");
        }

        let known = read(&[1, 2, 2, 4, 4, 8, 8, 9]);
        assert_eq!(known.device_ns, Some(16));
        let expected = [("a", 2, Some(10)), ("b", 1, Some(4)), ("c", 1, Some(2))];
        assert_eq!(known.sums(), expected);
        let unknown = read(&[1, 2, 2, 4, 0, 0, 8, 9]);
        assert_eq!(unknown.device_ns, Some(16));
        let expected = [("a", 2, None), ("b", 1, Some(4)), ("c", 1, Some(2))];
        assert_eq!(unknown.sums(), expected);
    }
}
