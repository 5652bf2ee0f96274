//! VMs of upstream's CPU prover on the device.

mod builder;
mod chip;
pub(crate) mod memory;
mod system;
pub(crate) mod transport;

pub use builder::{GuestVm, MetalVmBuilder};
pub use system::MetalSystem;
