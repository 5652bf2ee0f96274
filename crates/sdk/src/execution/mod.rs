//! Executing a program: finding its segments, the states that they start from, and their traces.

mod boundaries;
mod metering;
mod preflight;
mod tracing;

pub(crate) use boundaries::Boundaries;
pub(crate) use metering::find_segments;
pub use tracing::TraceTimes;
pub(crate) use tracing::{SegmentTracer, TracedSegment};

#[cfg(test)]
mod tests;
