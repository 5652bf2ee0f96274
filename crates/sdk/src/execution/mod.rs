//! Executing a program: finding its segments, the states that they start from, and their traces.

mod boundaries;
mod metering;
mod preflight;
mod stored;
mod tracing;

pub(crate) use boundaries::Boundaries;
pub(crate) use metering::find_segments;
pub(crate) use stored::{decode, encode};
pub use tracing::TraceTimes;
pub(crate) use tracing::{SegmentTracer, TracedSegment};

#[cfg(test)]
pub(crate) mod tests;
