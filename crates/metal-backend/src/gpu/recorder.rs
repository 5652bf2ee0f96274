//! Command streams: recorded as data, encoded into few passes, submitted once.

mod encode;
#[cfg(any(test, feature = "internals"))]
mod observer;
mod operation;
mod submission;

use std::{ops::Range, sync::Arc};

use super::{
    buffer::byte_len,
    canary::CANARY_BYTES,
    clock::Clock,
    pool::{Allocation, Fit, Usage},
    staging::Piece,
    Binding, Buffer, Element, Gpu, GpuError, Pipeline,
};

#[cfg(any(test, feature = "internals"))]
pub use observer::{observe_dispatches, BoundBuffer, Dispatch, DispatchObserver};
use operation::{is_dispatch, Operation};
use submission::Sent;
pub use submission::{Finished, ReadBack, Submission};

/// The most passes of one submission. Each takes up to three of Metal's command buffers, of which a queue
/// has 4,096; whoever records more waits for ever, or loses the device (wgpu issue 8047).
const MAX_PASSES: usize = 256;

/// Operations of the first of several submissions, each of which then has four times as many as the one
/// before. Encoding takes about as long as a short dispatch, and the device is to start on the first ones
/// while the others are encoded.
const FIRST_AT_ONCE: usize = 32;

/// Recorded work, in order. Every operation sees the results of those before it.
///
/// Buffers stay alive until the work is submitted; afterwards their memory may be given out again,
/// because the queue runs submissions in order.
pub struct Recorder<'g> {
    gpu: &'g Gpu,
    stage: &'static str,
    operations: Vec<Operation>,
    read_backs: Vec<(Binding, Range<u64>)>,
    read_back_bytes: u64,
    clocks: Vec<Clock>,
    failed: Option<GpuError>,
}

impl<'g> Recorder<'g> {
    pub(super) fn new(gpu: &'g Gpu, stage: &'static str) -> Self {
        Self {
            gpu,
            stage,
            operations: Vec::new(),
            read_backs: Vec::new(),
            read_back_bytes: 0,
            clocks: Vec::new(),
            failed: None,
        }
    }

    /// The GPU this work is for.
    pub fn gpu(&self) -> &'g Gpu {
        self.gpu
    }

    /// Runs `pipeline` over `grid` workgroups with `bindings` in the order of the kernel's text
    /// and `params` as its immediates. What it does counts for nothing in the limit of a submission.
    pub fn dispatch(
        &mut self,
        pipeline: &Pipeline,
        bindings: &[Binding],
        params: &[u32],
        grid: [u32; 3],
    ) {
        self.dispatch_work(pipeline, bindings, params, grid, 0);
    }

    /// The same for a dispatch that does `work` field multiplications.
    pub(super) fn dispatch_work(
        &mut self,
        pipeline: &Pipeline,
        bindings: &[Binding],
        params: &[u32],
        grid: [u32; 3],
        work: u64,
    ) {
        self.operations.push(Operation::Dispatch {
            pipeline: pipeline.clone(),
            bindings: bindings.to_vec(),
            params: params.to_vec(),
            grid,
            work,
        });
    }

    /// Notes an error, which the next submission returns.
    pub(super) fn fail(&mut self, error: GpuError) {
        self.failed.get_or_insert(error);
    }

    /// Fills a range of elements with zero bytes.
    pub fn clear<T: Element>(&mut self, buffer: &Buffer<T>, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.operations.push(Operation::Clear {
            buffer: buffer.binding(),
            bytes: byte_len::<T>(range.start)..byte_len::<T>(range.end),
        });
    }

    /// Copies a range of elements of `source` to place `start` of `target`, another buffer.
    pub fn copy<T: Element>(
        &mut self,
        source: &Buffer<T>,
        range: Range<usize>,
        target: &Buffer<T>,
        start: usize,
    ) {
        self.operations.push(Operation::Copy {
            source: source.binding(),
            bytes: byte_len::<T>(range.start)..byte_len::<T>(range.end),
            target: target.binding(),
            target_start: byte_len::<T>(start),
        });
    }

    /// Copies a range of elements of `piece`, with which the work must be sent ([`Self::send`]), to
    /// place `start` of `target`.
    pub(super) fn copy_piece<T: Element>(
        &mut self,
        piece: &Piece<'_>,
        range: Range<usize>,
        target: &Buffer<T>,
        start: usize,
    ) {
        self.operations.push(Operation::CopyPiece {
            source: piece.buffer().clone(),
            bytes: byte_len::<T>(range.start)..byte_len::<T>(range.end),
            target: target.binding(),
            target_start: byte_len::<T>(start),
        });
    }

    /// Hands the work to the device, which nobody waits for, and `piece` with it.
    pub(super) fn send(self, mut piece: Piece<'_>) -> Result<(), GpuError> {
        self.check_buffers()?;
        piece.unmap();
        let sent = self.submit_to_queue(None, None)?;
        let n_kernels = self.kernels().count() as u64;
        self.gpu.totals.submitted(n_kernels + sent.n_canaries);
        piece.sent(sent.index);
        Ok(())
    }

    /// Brings a range of elements back, as they are when all recorded work is done.
    pub fn read_back<T: Element>(
        &mut self,
        buffer: &Buffer<T>,
        range: Range<usize>,
    ) -> ReadBack<T> {
        let bytes = byte_len::<T>(range.start)..byte_len::<T>(range.end);
        let start = self.read_back_bytes as usize;
        self.read_back_bytes += bytes.end - bytes.start;
        self.read_backs.push((buffer.binding(), bytes));
        ReadBack::new(start..self.read_back_bytes as usize)
    }

    /// Hands what has been recorded to the device, which starts on it while the rest is recorded.
    pub fn flush(&mut self) -> Result<(), GpuError> {
        if self.operations.is_empty() {
            return Ok(());
        }
        self.hand_over(None).map(|_| ())
    }

    /// Hands the work to the device and returns without waiting for it.
    pub fn submit(mut self) -> Result<Submission<'g>, GpuError> {
        let bytes = self.read_back_bytes + CANARY_BYTES;
        let take = |what| self.gpu.pool.take(Usage::ReadBack, bytes, Fit::Roomy, what);
        let staging = take("read-back")?;
        let sent = self.hand_over(Some(&staging))?;
        Ok(Submission {
            gpu: self.gpu,
            stage: self.stage,
            sent,
            staging,
            read_back_bytes: self.read_back_bytes,
            clocks: self.clocks,
        })
    }

    /// Submits the operations, in as many submissions as their work is to have, and with the last one the
    /// copies to `staging`, if this is the end.
    fn hand_over(&mut self, staging: Option<&Allocation>) -> Result<Option<Sent>, GpuError> {
        self.check_buffers()?;
        let mut operations = std::mem::take(&mut self.operations);
        let mut at_once = FIRST_AT_ONCE;
        loop {
            // A short rest is not worth a submission of its own.
            let most = if operations.len() / 2 > at_once {
                at_once
            } else {
                operations.len()
            };
            // With little allowed at once there are many submissions.
            at_once = at_once.saturating_mul(4);
            let n_allowed = self.n_allowed(&operations[..most]);
            let later = operations.split_off(n_allowed);
            self.operations = std::mem::replace(&mut operations, later);
            let is_end = operations.is_empty();
            let sent = self.hand_over_part(staging.filter(|_| is_end))?;
            if is_end {
                return Ok(sent);
            }
        }
    }

    /// How many of `operations`, which come next, one submission may have.
    fn n_allowed(&self, operations: &[Operation]) -> usize {
        let most = self.gpu.dispatch_work.unwrap_or(u64::MAX);
        let (mut work, mut n_passes) = (0u64, 0);
        for (i, operation) in operations.iter().enumerate() {
            let before = i.checked_sub(1).map(|before| &operations[before]);
            let goes_on = before.is_some_and(|before| self.is_same_pass(before, operation));
            work = work.saturating_add(operation.work());
            n_passes += usize::from(is_dispatch(operation) && !goes_on);
            if i > 0 && (work > most || n_passes > MAX_PASSES) {
                return i;
            }
        }
        operations.len()
    }

    fn hand_over_part(&mut self, staging: Option<&Allocation>) -> Result<Option<Sent>, GpuError> {
        let clock = self.clock()?;
        let sent = match self.gpu.is_rehearsal {
            true => None,
            false => Some(self.submit_to_queue(staging, clock.as_ref())?),
        };
        let n_canaries = sent.as_ref().map_or(0, |sent| sent.n_canaries);
        let n_kernels = self.kernels().count() as u64;
        self.gpu.totals.submitted(n_kernels + n_canaries);
        self.clocks.extend(clock);
        self.operations.clear();
        Ok(sent)
    }

    /// An error if the GPU was lost, or if a buffer is on another: of another adapter, or of this one
    /// before it was lost and opened again.
    fn check_buffers(&self) -> Result<(), GpuError> {
        let here = &self.gpu.link;
        here.check()?;
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let read_back = self.read_backs.iter().map(|(buffer, _)| buffer);
        let buffers = self.operations.iter().flat_map(Operation::buffers);
        let links = buffers
            .chain(read_back)
            .map(|buffer| buffer.allocation.link());
        match { links }.find(|link| !Arc::ptr_eq(link, here)) {
            None => Ok(()),
            Some(other) => Err(GpuError::OtherGpu {
                stage: self.stage,
                adapter: other.adapter.to_string(),
                was_lost: other.is_lost(),
            }),
        }
    }

    /// The kernels dispatched, in order.
    fn kernels(&self) -> impl Iterator<Item = &String> {
        self.operations.iter().filter_map(|op| match op {
            Operation::Dispatch { pipeline, .. } => Some(&pipeline.name),
            _ => None,
        })
    }

    /// Consecutive dispatches share one pass, as on Metal each pass is a command buffer of its own,
    /// unless each is to be timed.
    fn passes(&self) -> Vec<&[Operation]> {
        let is_same_pass = |a: &Operation, b: &Operation| self.is_same_pass(a, b);
        self.operations.chunk_by(is_same_pass).collect()
    }

    fn is_same_pass(&self, a: &Operation, b: &Operation) -> bool {
        !self.gpu.kernel_times && is_dispatch(a) && is_dispatch(b)
    }

    /// Whether tests see to the operations, so that there is nothing to encode.
    fn observe(&self) -> Result<bool, GpuError> {
        #[cfg(any(test, feature = "internals"))]
        return observer::observe(self);
        #[cfg(not(any(test, feature = "internals")))]
        Ok(false)
    }

    fn clock(&self) -> Result<Option<Clock>, GpuError> {
        #[cfg(any(test, feature = "internals"))]
        if observer::is_set() {
            return Ok(None);
        }
        if self.kernels().next().is_none() {
            return Ok(None);
        }
        let kernels = self.gpu.kernel_times.then(|| self.kernels().cloned());
        Clock::new(self.gpu, kernels.map(Iterator::collect))
    }
}

#[cfg(test)]
mod tests;
