//! What a stage did on the device, logged in figures that are the same on every machine.

use tracing::Span;

use crate::gpu::{Counters, Gpu};

/// Records the time on the device in a span's field `device_ms`, where it is known.
pub(crate) fn record_device_time(span: &Span, device_ns: Option<u64>) {
    if let Some(ns) = device_ns {
        span.record("device_ms", ns as f64 / 1e6);
    }
}

/// The counters at the start of a stage.
pub(crate) struct StageReport<'g> {
    gpu: &'g Gpu,
    stage: &'static str,
    before: Counters,
}

impl<'g> StageReport<'g> {
    /// Starts counting for `stage`.
    pub(crate) fn start(gpu: &'g Gpu, stage: &'static str) -> Self {
        gpu.restart_peak();
        Self {
            gpu,
            stage,
            before: gpu.counters(),
        }
    }

    /// Logs what was counted as one `gpu_counters` event, in the span that is open.
    pub(crate) fn finish(self) {
        let done = self.gpu.counters() - self.before;
        tracing::info!(
            stage = self.stage,
            submissions = done.submissions,
            dispatches = done.dispatches,
            round_trips = done.round_trips,
            bytes_uploaded = done.bytes_uploaded,
            bytes_read_back = done.bytes_read_back,
            buffers_created = done.buffers_created,
            peak_bytes = self.gpu.peak_bytes(),
            "gpu_counters"
        );
    }
}
