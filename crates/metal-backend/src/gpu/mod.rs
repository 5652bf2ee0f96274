//! Everything that speaks wgpu. Knows buffers, kernels and queues, and nothing of proofs.

mod account;
mod adapter;
mod adapter_choice;
mod adapter_report;
mod at_exit;
mod belt;
mod budget;
mod buffer;
mod canary;
mod claims;
mod clock;
mod columns;
mod compile_ahead;
mod context;
mod counters;
mod element;
mod error;
#[cfg(any(test, feature = "internals"))]
mod faults;
mod foreign;
mod interface;
mod kernel;
mod kernel_macros;
mod link;
mod memo;
mod memory_size;
mod options;
mod parts;
mod patience;
mod pipeline;
mod pipeline_cache;
mod pool;
mod recorder;
mod rehearsal;
mod staging;
mod upload;
mod user;
mod view;
mod word;

pub use adapter::{adapters, AdapterSummary};
pub use adapter_report::{adapter_reports, AdapterReport};
pub use budget::{Calibrate, TYPICAL_WORK};
pub use buffer::{Binding, Buffer};
pub use canary::Sing;
pub use claims::Claim;
pub use columns::{column_runs, ColumnRun, Columns};
pub use context::Gpu;
pub use counters::Counters;
pub use element::{words_of, Element, JobRow};
pub use error::GpuError;
#[cfg(any(test, feature = "internals"))]
pub use faults::Fault;
pub use foreign::{check_foreign, Expected, ForeignTextError};
pub use interface::{Access, BindingLayout, Interface, RowLayout};
pub use kernel::{flat_grid, Bindings, Declaration, Kernel, KernelText, Params};
pub(crate) use kernel_macros::{kernel, params, row};
pub use options::{GpuOptions, Multiply, SMALL_BUFFER_BYTES};
pub use pipeline::Pipeline;
#[cfg(any(test, feature = "internals"))]
pub use recorder::{observe_dispatches, BoundBuffer, Dispatch, DispatchObserver};
pub use recorder::{Finished, ReadBack, Recorder, Submission};
pub(crate) use upload::{is_small, piece_len};
pub(crate) use user::GpuUser;
pub use view::View;
pub(crate) use word::word;
