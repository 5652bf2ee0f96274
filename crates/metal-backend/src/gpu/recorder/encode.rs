//! Recorded work on its way to the queue.

use std::ops::Range;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, BufferBinding, CommandEncoder,
    ComputePassDescriptor, ComputePassTimestampWrites, ErrorFilter,
};

use super::{is_dispatch, submission::Sent, Operation, Recorder};
use crate::gpu::{
    canary::{Song, CANARY_BYTES},
    clock::Clock,
    pool::Allocation,
    Binding, Gpu, GpuError, Pipeline,
};

impl Recorder<'_> {
    /// Hands the operations to the queue as they are, and the copies to `staging`.
    pub(super) fn submit_to_queue(
        &self,
        staging: Option<&Allocation>,
        clock: Option<&Clock>,
    ) -> Result<Sent, GpuError> {
        let gpu = self.gpu;
        let mut song = Song::new(gpu)?;
        let validation = gpu.device.push_error_scope(ErrorFilter::Validation);
        let sent = {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            let passes = match self.observe()? {
                true => vec![],
                false => self.passes(),
            };
            self.encode(&mut encoder, &passes, clock, &mut song);
            if let Some(staging) = staging {
                self.encode_read_backs(&mut encoder, staging);
            }
            #[cfg(any(test, feature = "internals"))]
            self.encode_faults(&mut encoder, staging);
            if let Some(clock) = clock {
                clock.resolve(&mut encoder);
            }
            let work = self.operations.iter().map(Operation::work);
            let work = work.fold(0, u64::saturating_add);
            let (index, canary) = gpu.submit(encoder.finish(), work, song.sum);
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
    fn encode(
        &self,
        encoder: &mut CommandEncoder,
        passes: &[&[Operation]],
        clock: Option<&Clock>,
        song: &mut Song<'_>,
    ) {
        encode(self.gpu, encoder, passes, clock, song);
        if passes.last().is_some_and(|pass| is_dispatch(&pass[0])) {
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
        use crate::gpu::faults::Fault;
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
}

/// Encodes operations by their passes, and behind the kernels of each the canary's.
pub(super) fn encode(
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
