//! VMs of upstream's CPU prover on the device.

mod builder;
mod chip;
mod device_trace;
mod fields;
mod handoff;
mod hint_store;
mod keccak;
mod lookups;
pub(crate) mod memory;
mod records;
mod sha2;
mod standard_kernels;
mod system;
mod trace_kernels;
pub(crate) mod transport;

pub use builder::{GuestVm, MetalVmBuilder};
pub(crate) use records::TraceSource;
pub use records::{ChipRecords, PackedRecords};
pub use system::MetalSystem;
pub use trace_kernels::TraceKernels;
