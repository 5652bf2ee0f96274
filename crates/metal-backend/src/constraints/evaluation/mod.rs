//! How the plans of many AIRs are evaluated on their traces: in batches of short traces, or a band of rows
//! after the other.

mod batches;
mod footprint;

pub use batches::{Batch, BatchBuffers, BatchPlan, Member, RowShape};
