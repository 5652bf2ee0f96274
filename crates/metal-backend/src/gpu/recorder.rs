//! Command streams: recorded as data, encoded into few passes, submitted once.

use std::{marker::PhantomData, ops::Range};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, BufferBinding, CommandEncoder,
    ComputePassDescriptor, ComputePassTimestampWrites, ErrorFilter, MapMode, PollType, QuerySet,
    QuerySetDescriptor, QueryType, SubmissionIndex,
};

use super::{
    buffer::byte_len, element::from_bytes, pool::Allocation, pool::Usage, Binding, Buffer, Element,
    Gpu, GpuError, Pipeline,
};

/// Recorded work, in order. Every operation sees the results of those before it.
///
/// Buffers stay alive until the work is submitted; afterwards their memory may be given out again,
/// because the queue runs submissions in order.
pub struct Recorder<'g> {
    gpu: &'g Gpu,
    stage: &'static str,
    operations: Vec<Operation>,
    keep_alive: Vec<Binding>,
    read_backs: Vec<(Binding, Range<u64>)>,
    read_back_bytes: u64,
}

enum Operation {
    Dispatch {
        pipeline: wgpu::ComputePipeline,
        bindings: BindGroup,
        params: Vec<u32>,
        grid: [u32; 3],
    },
    Clear {
        buffer: wgpu::Buffer,
        bytes: Range<u64>,
    },
    Copy {
        source: wgpu::Buffer,
        bytes: Range<u64>,
        target: wgpu::Buffer,
    },
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
    index: SubmissionIndex,
    read_back: Option<(Allocation, u64)>,
    timestamps: Option<Allocation>,
}

/// Work that the device has done.
pub struct Finished {
    bytes: Vec<u8>,
    /// Time on the device between the first kernel's start and the last one's end, where the
    /// adapter has timestamps.
    pub device_ns: Option<u64>,
}

impl<'g> Recorder<'g> {
    pub(super) fn new(gpu: &'g Gpu, stage: &'static str) -> Self {
        Self {
            gpu,
            stage,
            operations: Vec::new(),
            keep_alive: Vec::new(),
            read_backs: Vec::new(),
            read_back_bytes: 0,
        }
    }

    /// The GPU this work is for.
    pub fn gpu(&self) -> &'g Gpu {
        self.gpu
    }

    /// Runs `pipeline` over `grid` workgroups with `bindings` in the order of the kernel's text
    /// and `params` as its immediates.
    pub fn dispatch(
        &mut self,
        pipeline: &Pipeline,
        bindings: &[Binding],
        params: &[u32],
        grid: [u32; 3],
    ) {
        let entries: Vec<_> = (0..)
            .zip(bindings)
            .map(|(binding, bound)| BindGroupEntry {
                binding,
                resource: BindingResource::Buffer(BufferBinding {
                    buffer: &bound.allocation.buffer,
                    offset: 0,
                    size: wgpu::BufferSize::new(bound.bytes),
                }),
            })
            .collect();
        let bind_group = self.gpu.device.create_bind_group(&BindGroupDescriptor {
            label: Some(&pipeline.name),
            layout: &pipeline.layout,
            entries: &entries,
        });
        self.keep_alive.extend_from_slice(bindings);
        self.operations.push(Operation::Dispatch {
            pipeline: pipeline.compute.clone(),
            bindings: bind_group,
            params: params.to_vec(),
            grid,
        });
    }

    /// Fills a range of elements with zero bytes.
    pub fn clear<T: Element>(&mut self, buffer: &Buffer<T>, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.keep_alive.push(buffer.binding());
        self.operations.push(Operation::Clear {
            buffer: buffer.allocation.buffer.clone(),
            bytes: byte_len::<T>(range.start)..byte_len::<T>(range.end),
        });
    }

    /// Copies a range of elements of `source` to the start of `target`, another buffer.
    pub fn copy<T: Element>(
        &mut self,
        source: &Buffer<T>,
        range: Range<usize>,
        target: &Buffer<T>,
    ) {
        self.keep_alive.extend([source.binding(), target.binding()]);
        self.operations.push(Operation::Copy {
            source: source.allocation.buffer.clone(),
            bytes: byte_len::<T>(range.start)..byte_len::<T>(range.end),
            target: target.allocation.buffer.clone(),
        });
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

    /// Hands the work to the device and returns without waiting for it.
    pub fn submit(self) -> Result<Submission<'g>, GpuError> {
        let gpu = self.gpu;
        gpu.check_alive()?;
        let read_back = match self.read_back_bytes {
            0 => None,
            bytes => Some((gpu.pool.take(Usage::ReadBack, bytes, "read-back")?, bytes)),
        };
        let clock = Clock::new(gpu, &self.operations)?;
        let validation = gpu.device.push_error_scope(ErrorFilter::Validation);
        let index = {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            encode(&mut encoder, &self.operations, clock.as_ref());
            if let Some((staging, _)) = &read_back {
                let mut offset = 0;
                for (source, bytes) in &self.read_backs {
                    let len = bytes.end - bytes.start;
                    let (source, target) = (&source.allocation.buffer, &staging.buffer);
                    encoder.copy_buffer_to_buffer(source, bytes.start, target, offset, len);
                    offset += len;
                }
            }
            if let Some(clock) = &clock {
                clock.resolve(&mut encoder);
            }
            gpu.queue.submit([encoder.finish()])
        };
        if let Some(error) = pollster::block_on(validation.pop()) {
            return Err(GpuError::Validation {
                stage: self.stage,
                reason: error.to_string(),
            });
        }
        gpu.totals.submitted(self.dispatches());
        Ok(Submission {
            gpu,
            index,
            read_back,
            timestamps: clock.map(|clock| clock.host),
        })
    }

    fn dispatches(&self) -> u64 {
        let is_dispatch = |op: &&Operation| matches!(op, Operation::Dispatch { .. });
        self.operations.iter().filter(is_dispatch).count() as u64
    }
}

/// Consecutive dispatches share one pass: on Metal each pass is a command buffer of its own.
fn encode(encoder: &mut CommandEncoder, operations: &[Operation], clock: Option<&Clock>) {
    let is_same_pass = |a: &Operation, b: &Operation| {
        matches!(
            (a, b),
            (Operation::Dispatch { .. }, Operation::Dispatch { .. })
        )
    };
    let mut passes_left = count_passes(operations);
    let mut is_first = true;
    for group in operations.chunk_by(is_same_pass) {
        if let [Operation::Clear { buffer, bytes }] = group {
            encoder.clear_buffer(buffer, bytes.start, Some(bytes.end - bytes.start));
            continue;
        }
        if let [Operation::Copy {
            source,
            bytes,
            target,
        }] = group
        {
            let len = bytes.end - bytes.start;
            encoder.copy_buffer_to_buffer(source, bytes.start, target, 0, len);
            continue;
        }
        passes_left -= 1;
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
            label: None,
            timestamp_writes: clock
                .map(|clock| ComputePassTimestampWrites {
                    query_set: &clock.queries,
                    beginning_of_pass_write_index: is_first.then_some(0),
                    end_of_pass_write_index: (passes_left == 0).then_some(1),
                })
                .filter(|_| is_first || passes_left == 0),
        });
        is_first = false;
        for operation in group {
            if let Operation::Dispatch {
                pipeline,
                bindings,
                params,
                grid: [x, y, z],
            } = operation
            {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, bindings, &[]);
                if !params.is_empty() {
                    pass.set_immediates(0, bytemuck::cast_slice(params));
                }
                pass.dispatch_workgroups(*x, *y, *z);
            }
        }
    }
}

fn count_passes(operations: &[Operation]) -> usize {
    let is_dispatch = |op: &Operation| matches!(op, Operation::Dispatch { .. });
    let starts_pass =
        |i: &usize| is_dispatch(&operations[*i]) && (*i == 0 || !is_dispatch(&operations[*i - 1]));
    (0..operations.len()).filter(starts_pass).count()
}

/// Two timestamps around the kernels of a submission.
struct Clock {
    queries: QuerySet,
    device: Allocation,
    host: Allocation,
}

const CLOCK_BYTES: u64 = 16;

impl Clock {
    fn new(gpu: &Gpu, operations: &[Operation]) -> Result<Option<Self>, GpuError> {
        if gpu.nanoseconds_per_tick.is_none() || count_passes(operations) == 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            queries: gpu.device.create_query_set(&QuerySetDescriptor {
                label: None,
                ty: QueryType::Timestamp,
                count: 2,
            }),
            device: gpu
                .pool
                .take(Usage::Timestamps, CLOCK_BYTES, "timestamps")?,
            host: gpu.pool.take(Usage::ReadBack, CLOCK_BYTES, "timestamps")?,
        }))
    }

    fn resolve(&self, encoder: &mut CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2, &self.device.buffer, 0);
        let (device, host) = (&self.device.buffer, &self.host.buffer);
        encoder.copy_buffer_to_buffer(device, 0, host, 0, CLOCK_BYTES);
    }
}

impl Submission<'_> {
    /// Waits until the device has done this work, and takes what it brings back.
    pub fn wait(self) -> Result<Finished, GpuError> {
        let gpu = self.gpu;
        let mapped = self
            .read_back
            .iter()
            .map(|(staging, bytes)| (staging, *bytes));
        let mapped = mapped.chain(self.timestamps.iter().map(|host| (host, CLOCK_BYTES)));
        for (staging, bytes) in mapped {
            // A failure shows when the range is read.
            staging.buffer.map_async(MapMode::Read, 0..bytes, |_| ());
        }
        let polled = gpu.device.poll(PollType::Wait {
            submission_index: Some(self.index),
            timeout: None,
        });
        gpu.check_alive()?;
        polled.map_err(|error| GpuError::DeviceLost {
            reason: error.to_string(),
        })?;
        let bytes = match &self.read_back {
            Some((staging, bytes)) => {
                gpu.totals.read_back(*bytes);
                take_mapped(staging, *bytes)?
            }
            None => Vec::new(),
        };
        let device_ns = match (&self.timestamps, gpu.nanoseconds_per_tick) {
            (Some(host), Some(period)) => {
                let ticks: Vec<u32> = from_bytes(&take_mapped(host, CLOCK_BYTES)?);
                let at = |i: usize| u64::from(ticks[i]) | u64::from(ticks[i + 1]) << 32;
                Some((at(2).saturating_sub(at(0)) as f64 * f64::from(period)) as u64)
            }
            _ => None,
        };
        Ok(Finished { bytes, device_ns })
    }
}

fn take_mapped(staging: &Allocation, bytes: u64) -> Result<Vec<u8>, GpuError> {
    let view = staging.buffer.slice(0..bytes).get_mapped_range();
    let copy = match view {
        Ok(view) => view.to_vec(),
        Err(error) => {
            return Err(GpuError::DeviceLost {
                reason: format!("read-back failed: {error}"),
            })
        }
    };
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
