//! Command streams: recorded as data, encoded into few passes, submitted once.

use std::{marker::PhantomData, ops::Range, sync::Arc};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, BufferBinding, CommandEncoder,
    ComputePassDescriptor, ComputePassTimestampWrites, ErrorFilter, MapMode, SubmissionIndex,
};

use super::{
    buffer::byte_len,
    canary::{is_alive, Song, CANARY_BYTES},
    clock::{Clock, Reading},
    element::from_bytes,
    pool::{Allocation, Fit, Usage},
    staging::Piece,
    Binding, Buffer, Element, Gpu, GpuError, Pipeline,
};

/// The most passes of one submission. Each takes up to three of Metal's command buffers, of which a queue
/// has 4,096; whoever records more waits for ever, or loses the device (wgpu issue 8047).
const MAX_PASSES: usize = 256;

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

enum Operation {
    Dispatch {
        pipeline: Pipeline,
        bindings: Vec<Binding>,
        params: Vec<u32>,
        grid: [u32; 3],
        work: u64,
    },
    Clear {
        buffer: Binding,
        bytes: Range<u64>,
    },
    Copy {
        source: Binding,
        bytes: Range<u64>,
        target: Binding,
        target_start: u64,
    },
    CopyPiece {
        source: wgpu::Buffer,
        bytes: Range<u64>,
        target: Binding,
        target_start: u64,
    },
}

impl Operation {
    /// The buffers of the pool that it touches.
    fn buffers(&self) -> impl Iterator<Item = &Binding> {
        let (bindings, others) = match self {
            Self::Dispatch { bindings, .. } => (bindings.as_slice(), [None, None]),
            Self::Clear { buffer, .. } => (&[][..], [Some(buffer), None]),
            Self::Copy { source, target, .. } => (&[][..], [Some(source), Some(target)]),
            Self::CopyPiece { target, .. } => (&[][..], [Some(target), None]),
        };
        bindings.iter().chain(others.into_iter().flatten())
    }

    /// Field multiplications that it does.
    fn work(&self) -> u64 {
        match self {
            Self::Dispatch { work, .. } => *work,
            _ => 0,
        }
    }

    /// The buffers that it writes.
    fn written(&self) -> impl Iterator<Item = &Binding> {
        let (kernel, others) = match self {
            Self::Dispatch {
                pipeline, bindings, ..
            } => (Some((pipeline, bindings)), None),
            Self::Clear { buffer, .. } => (None, Some(buffer)),
            Self::Copy { target, .. } | Self::CopyPiece { target, .. } => (None, Some(target)),
        };
        let kernel = kernel.into_iter().flat_map(|(pipeline, bindings)| {
            let written = pipeline.written.iter();
            written.filter_map(|&binding| bindings.get(binding))
        });
        kernel.chain(others)
    }
}

/// A place in the data that a submission will bring back.
pub struct ReadBack<T> {
    bytes: Range<usize>,
    _element: PhantomData<T>,
}

/// Work that the device has been given.
#[must_use = "work that is not waited for may have failed"]
pub struct Submission<'g> {
    gpu: &'g Gpu,
    stage: &'static str,
    /// `None` for a rehearsal.
    sent: Option<Sent>,
    /// Memory for what comes back, and behind it the canary.
    staging: Allocation,
    read_back_bytes: u64,
    clocks: Vec<Clock>,
}

/// What is known of work when the queue has it.
struct Sent {
    index: SubmissionIndex,
    /// The canary's sum when it is done.
    canary: u32,
    /// How often the canary's kernel runs in it.
    n_canaries: u64,
}

/// Work that the device has done.
pub struct Finished {
    bytes: Vec<u8>,
    /// Time on the device between the first kernel's start and the last one's end, where it is known:
    /// where the adapter has timestamps, and the driver writes them.
    pub device_ns: Option<u64>,
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
        ReadBack {
            bytes: start..self.read_back_bytes as usize,
            _element: PhantomData,
        }
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
        loop {
            let later = operations.split_off(self.n_at_once(&operations));
            self.operations = std::mem::replace(&mut operations, later);
            let is_end = operations.is_empty();
            let sent = self.hand_over_part(staging.filter(|_| is_end))?;
            if is_end {
                return Ok(sent);
            }
        }
    }

    /// How many of `operations`, which come next, one submission takes.
    fn n_at_once(&self, operations: &[Operation]) -> usize {
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

    fn submit_to_queue(
        &self,
        staging: Option<&Allocation>,
        clock: Option<&Clock>,
    ) -> Result<Sent, GpuError> {
        let gpu = self.gpu;
        let mut song = Song::new(gpu)?;
        let validation = gpu.device.push_error_scope(ErrorFilter::Validation);
        let sent = {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            self.encode(&mut encoder, clock, &mut song);
            if let Some(staging) = staging {
                self.encode_read_backs(&mut encoder, staging);
            }
            #[cfg(any(test, feature = "internals"))]
            self.encode_faults(&mut encoder, staging);
            if let Some(clock) = clock {
                clock.resolve(&mut encoder);
            }
            let (index, canary) = gpu.submit(encoder.finish(), song.sum);
            Sent {
                index,
                canary,
                n_canaries: song.n_passes,
            }
        };
        match pollster::block_on(validation.pop()) {
            None => Ok(sent),
            Some(error) => Err(GpuError::Validation {
                stage: self.stage,
                reason: error.to_string(),
            }),
        }
    }

    /// Encodes the operations, and behind the kernels of each pass the canary's; in a pass of its own where
    /// the last one is not of kernels.
    fn encode(&self, encoder: &mut CommandEncoder, clock: Option<&Clock>, song: &mut Song<'_>) {
        let passes = self.passes();
        encode(self.gpu, encoder, &passes, clock, song);
        if self.operations.last().is_some_and(is_dispatch) {
            return;
        }
        let written = self
            .operations
            .last()
            .and_then(|last| last.written().next());
        let read_back = self.read_backs.last().map(|(buffer, _)| buffer);
        if let Some(last) = written.or(read_back) {
            song.encode(&mut encoder.begin_compute_pass(&Default::default()), last);
        }
    }

    fn encode_read_backs(&self, encoder: &mut CommandEncoder, staging: &Allocation) {
        let read_backs = self.read_backs.iter();
        let sources = read_backs.map(|(source, bytes)| (&source.allocation.buffer, bytes.clone()));
        let canary = (self.gpu.canary.buffer(), 0..CANARY_BYTES);
        let mut offset = 0;
        for (source, bytes) in sources.chain([canary]) {
            let len = bytes.end - bytes.start;
            encoder.copy_buffer_to_buffer(source, bytes.start, &staging.buffer, offset, len);
            offset += len;
        }
    }

    /// Encodes what a failing driver does to the work before, and to what it brings back.
    #[cfg(any(test, feature = "internals"))]
    fn encode_faults(&self, encoder: &mut CommandEncoder, staging: Option<&Allocation>) {
        use super::faults::Fault;
        let strikes = |fault| self.gpu.link.faults.strikes(fault);
        let end = self.read_back_bytes + CANARY_BYTES;
        let mut clear = |buffer, bytes: Range<u64>| {
            let len = bytes.end - bytes.start;
            encoder.clear_buffer(buffer, bytes.start, Some(len));
        };
        let is_canary_zeroed = strikes(Fault::Zeroed);
        if is_canary_zeroed || strikes(Fault::ZeroedBehindCanary) {
            for written in self.operations.iter().flat_map(Operation::written) {
                clear(&written.allocation.buffer, 0..written.bytes);
            }
            if let Some(staging) = staging.filter(|_| self.read_back_bytes > 0) {
                clear(&staging.buffer, 0..self.read_back_bytes);
            }
        }
        if is_canary_zeroed {
            clear(self.gpu.canary.buffer(), 0..CANARY_BYTES);
            if let Some(staging) = staging {
                clear(&staging.buffer, self.read_back_bytes..end);
            }
        }
        if let Some(staging) = staging.filter(|_| strikes(Fault::CutReadBack)) {
            clear(&staging.buffer, end / 8 * 4..end);
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

    fn clock(&self) -> Result<Option<Clock>, GpuError> {
        if self.kernels().next().is_none() {
            return Ok(None);
        }
        let kernels = self.gpu.kernel_times.then(|| self.kernels().cloned());
        Clock::new(self.gpu, kernels.map(Iterator::collect))
    }
}

fn is_dispatch(operation: &Operation) -> bool {
    matches!(operation, Operation::Dispatch { .. })
}

fn encode(
    gpu: &Gpu,
    encoder: &mut CommandEncoder,
    groups: &[&[Operation]],
    clock: Option<&Clock>,
    song: &mut Song<'_>,
) {
    let n_passes = groups.iter().filter(|group| is_dispatch(&group[0])).count();
    let mut i_pass = 0;
    for group in groups {
        match &group[0] {
            Operation::Clear { buffer, bytes } => {
                let buffer = &buffer.allocation.buffer;
                encoder.clear_buffer(buffer, bytes.start, Some(bytes.end - bytes.start));
            }
            Operation::Copy {
                source,
                bytes,
                target,
                target_start,
            } => {
                let len = bytes.end - bytes.start;
                let (source, target) = (&source.allocation.buffer, &target.allocation.buffer);
                encoder.copy_buffer_to_buffer(source, bytes.start, target, *target_start, len);
            }
            Operation::CopyPiece {
                source,
                bytes,
                target,
                target_start,
            } => {
                let (len, target) = (bytes.end - bytes.start, &target.allocation.buffer);
                encoder.copy_buffer_to_buffer(source, bytes.start, target, *target_start, len);
            }
            Operation::Dispatch { .. } => {
                let timestamp_writes = clock.and_then(|clock| clock.writes(i_pass, n_passes));
                i_pass += 1;
                encode_pass(gpu, encoder, group, timestamp_writes, song);
            }
        }
    }
}

fn encode_pass(
    gpu: &Gpu,
    encoder: &mut CommandEncoder,
    dispatches: &[Operation],
    timestamp_writes: Option<ComputePassTimestampWrites<'_>>,
    song: &mut Song<'_>,
) {
    let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
        label: None,
        timestamp_writes,
    });
    for operation in dispatches {
        if let Operation::Dispatch {
            pipeline,
            bindings,
            params,
            grid: [x, y, z],
            ..
        } = operation
        {
            pass.set_pipeline(&pipeline.compute);
            pass.set_bind_group(0, &bind_group(gpu, pipeline, bindings), &[]);
            if !params.is_empty() {
                pass.set_immediates(0, bytemuck::cast_slice(params));
            }
            pass.dispatch_workgroups(*x, *y, *z);
        }
    }
    if let Some(written) = dispatches.last().and_then(|last| last.written().next()) {
        song.encode(&mut pass, written);
    }
}

fn bind_group(gpu: &Gpu, pipeline: &Pipeline, bindings: &[Binding]) -> BindGroup {
    let bindings = (0..).zip(bindings);
    let entries = bindings.map(|(binding, bound)| BindGroupEntry {
        binding,
        resource: BindingResource::Buffer(BufferBinding {
            buffer: &bound.allocation.buffer,
            offset: 0,
            size: wgpu::BufferSize::new(bound.bytes),
        }),
    });
    let entries: Vec<_> = entries.collect();
    gpu.device.create_bind_group(&BindGroupDescriptor {
        label: Some(&pipeline.name),
        layout: &pipeline.layout,
        entries: &entries,
    })
}

impl Submission<'_> {
    /// Waits until the device has done this work, and takes what it brings back.
    pub fn wait(self) -> Result<Finished, GpuError> {
        let gpu = self.gpu;
        let Some(Sent { index, canary, .. }) = &self.sent else {
            return Ok(Finished {
                bytes: vec![0; self.read_back_bytes as usize],
                device_ns: None,
            });
        };
        let bytes = self.read_back_bytes + CANARY_BYTES;
        let stamps = self.clocks.iter();
        let stamps = stamps.map(|clock| (clock.host(), clock.bytes()));
        for (staging, bytes) in stamps.chain([(&self.staging, 0..bytes)]) {
            // A failure shows when the range is read.
            staging.buffer.map_async(MapMode::Read, bytes, |_| ());
        }
        gpu.link.wait(Some(index.clone()), self.stage)?;
        gpu.totals.read_back(self.read_back_bytes, bytes);
        let mut bytes = take_mapped(&self.staging, bytes)?;
        if !is_alive(&bytes.split_off(self.read_back_bytes as usize), *canary) {
            return Err(gpu.link.lose(format!(
                "work up to stage {} was not done, and the driver did not say so: it was likely short of \
                 memory, or a kernel ran too long",
                self.stage
            )));
        }
        let reading = self.read_clocks()?;
        if let Some(reading) = &reading {
            log_kernels(self.stage, reading);
        }
        let device_ns = reading.and_then(|reading| reading.device_ns);
        Ok(Finished { bytes, device_ns })
    }

    fn read_clocks(&self) -> Result<Option<Reading<'_>>, GpuError> {
        let Some(period) = self.gpu.nanoseconds_per_tick else {
            return Ok(None);
        };
        let mut stamps: Vec<u64> = Vec::new();
        for clock in &self.clocks {
            let bytes = take_mapped(clock.host(), clock.bytes().end)?;
            stamps.extend(bytemuck::pod_collect_to_vec::<u8, u64>(&bytes));
        }
        let kernels = self.clocks.iter().flat_map(Clock::kernels);
        Ok(Some(Reading::new(&stamps, kernels, period)))
    }
}

/// Logs the time of each kernel, all its dispatches together; without it, where it is not known.
fn log_kernels(stage: &'static str, reading: &Reading<'_>) {
    for (kernel, dispatches, ns) in reading.sums() {
        let device_ms = ns.map(|ns| ns as f64 / 1e6);
        tracing::info!(stage, kernel, dispatches, device_ms, "gpu_kernel");
    }
}

fn take_mapped(staging: &Allocation, bytes: u64) -> Result<Vec<u8>, GpuError> {
    let failed = |error| staging.link().lose(format!("read-back failed: {error}"));
    let view = staging.buffer.slice(0..bytes).get_mapped_range();
    let copy = view.map_err(failed)?.to_vec();
    staging.buffer.unmap();
    Ok(copy)
}

impl Finished {
    /// The values that `read_back` stands for. It must come from the same submission.
    pub fn values<T: Element>(&self, read_back: &ReadBack<T>) -> Result<Vec<T>, GpuError> {
        match self.bytes.get(read_back.bytes.clone()) {
            Some(bytes) => Ok(from_bytes(bytes)),
            None => Err(GpuError::Validation {
                stage: "read-back",
                reason: "the place belongs to another submission".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{GpuOptions, KernelText};

    #[test]
    fn no_submission_has_more_passes_than_metal_has_command_buffers_for() {
        let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
        let source = "@group(0) @binding(0) var<storage, read_write> values: array<u32>;
            @compute @workgroup_size(1) fn main() { values[0] += 1u; }";
        let increment = gpu.pipeline(&KernelText::undeclared("increment", source.to_owned()));
        let values = gpu.upload(&[7u32, 8], "values").unwrap();
        let n = 2 * MAX_PASSES + 1;
        let mut recorder = gpu.recorder("test");
        for _ in 0..n {
            // Ends a pass.
            recorder.clear(&values, 1..2);
            recorder.dispatch(
                increment.as_ref().unwrap(),
                &[values.binding()],
                &[],
                [1; 3],
            );
        }
        let values = recorder.read_back(&values, 0..2);
        let before = gpu.counters();
        let finished = recorder.submit().unwrap().wait().unwrap();
        assert_eq!(finished.values(&values).unwrap(), [7 + n as u32, 0]);
        let counted = gpu.counters() - before;
        assert_eq!(counted.submissions, 3);
        // With a canary for each pass, and one where the clear is the last of a submission.
        assert_eq!(counted.dispatches, 2 * n as u64 + 2);
    }

    #[test]
    fn a_read_back_that_fails_loses_the_gpu_and_its_memory_is_not_used_again() {
        let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
        let take = || {
            gpu.pool
                .take(Usage::ReadBack, 4096, Fit::Exact, "read-back")
        };
        let staging = take().unwrap();
        // It was never mapped.
        let error = take_mapped(&staging, 4096).unwrap_err();
        assert!(matches!(error, GpuError::DeviceLost { .. }), "{error}");
        assert!(error.to_string().contains("read-back failed"), "{error}");
        drop(staging);
        assert_eq!(gpu.reserved_bytes(), 0);
        assert!(matches!(take(), Err(GpuError::DeviceLost { .. })));
    }
}
