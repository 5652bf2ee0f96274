//! Everything that speaks wgpu. Knows buffers, kernels and queues, and nothing of proofs.

mod adapter;
mod adapter_report;
mod buffer;
mod claims;
mod clock;
mod columns;
mod compile_ahead;
mod context;
mod counters;
mod element;
mod error;
mod memo;
mod memory_size;
mod options;
mod pipeline;
mod pipeline_cache;
mod pool;
mod recorder;
mod rehearsal;

pub use adapter::{adapters, AdapterSummary};
pub use adapter_report::{adapter_reports, AdapterReport};
pub use buffer::{Binding, Buffer};
pub use claims::Claim;
pub use columns::{column_runs, ColumnRun, Columns};
pub use context::Gpu;
pub use counters::Counters;
pub use element::Element;
pub use error::GpuError;
pub use options::{GpuOptions, Multiply, SMALL_BUFFER_BYTES};
pub use pipeline::Pipeline;
pub use recorder::{Finished, ReadBack, Recorder, Submission};
