//! Measuring proofs: what a run was, in numbers, as a table and as JSON.

mod memory;
mod phases;
mod report;

pub use memory::PeakMemory;
pub use phases::Phases;
pub use report::{Adapter, Report, Run};
