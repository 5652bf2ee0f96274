//! VMs of upstream's CPU prover on the device.

mod builder;
mod chip;
mod hint_store;
mod lookups;
pub(crate) mod memory;
mod records;
mod system;
mod trace_kernels;
pub(crate) mod transport;

pub use builder::{GuestVm, MetalVmBuilder};
pub(crate) use records::TraceSource;
pub use records::{ChipRecords, PackedRecords};
pub use system::MetalSystem;
pub use trace_kernels::TraceKernels;
