//! Running benchmarks and keeping what they said.

mod names;
mod paired;
mod plan;
mod session;

pub use names::{CaptureFiles, Stamp};
pub use paired::{capture_pairs, OnLook, PairedPlan};
pub use plan::{capture, CapturePlan};

use crate::log::Section;
use std::time::Duration;

/// Hears how a capture goes on; for progress bars.
pub trait Progress {
    /// A run begins: `done` of `total` runs are over.
    fn begins(&mut self, bench: &str, section: Section, done: u32, total: u32);
    /// The run is over: how long the command took, and the first span's duration in nanoseconds.
    fn ended(&mut self, wall: Duration, top_span: Option<(&str, u64)>);
}

/// Says nothing.
#[derive(Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begins(&mut self, _: &str, _: Section, _: u32, _: u32) {}
    fn ended(&mut self, _: Duration, _: Option<(&str, u64)>) {}
}
