//! Work that the device has been given, and what it brings back.

use std::{marker::PhantomData, ops::Range};

use wgpu::{MapMode, SubmissionIndex};

use crate::gpu::{
    canary::{is_alive, CANARY_BYTES},
    clock::{Clock, Reading},
    element::from_bytes,
    pool::Allocation,
    Element, Gpu, GpuError,
};

/// A place in the data that a submission will bring back.
pub struct ReadBack<T> {
    bytes: Range<usize>,
    _element: PhantomData<T>,
}

/// Work that the device has been given.
#[must_use = "work that is not waited for may have failed"]
pub struct Submission<'g> {
    pub(super) gpu: &'g Gpu,
    pub(super) stage: &'static str,
    /// `None` for a rehearsal.
    pub(super) sent: Option<Sent>,
    /// Memory for what comes back, and behind it the canary.
    pub(super) staging: Allocation,
    pub(super) read_back_bytes: u64,
    pub(super) clocks: Vec<Clock>,
}

/// What is known of work when the queue has it.
pub(super) struct Sent {
    pub(super) index: SubmissionIndex,
    /// The canary's sum when it is done.
    pub(super) canary: u32,
    /// How often the canary's kernel runs in it.
    pub(super) n_canaries: u64,
}

/// Work that the device has done.
pub struct Finished {
    bytes: Vec<u8>,
    /// Time on the device between the first kernel's start and the last one's end, where it is known:
    /// where the adapter has timestamps, and the driver writes them.
    pub device_ns: Option<u64>,
}

impl<T> ReadBack<T> {
    /// The place of `bytes` in what the submission brings back.
    pub(super) fn new(bytes: Range<usize>) -> Self {
        Self {
            bytes,
            _element: PhantomData,
        }
    }
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

pub(super) fn take_mapped(staging: &Allocation, bytes: u64) -> Result<Vec<u8>, GpuError> {
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
