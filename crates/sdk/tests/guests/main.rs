//! Guest programs from their ELF to verified proofs, on the GPU that the environment names.

#![allow(
    unexpected_cfgs,
    reason = "upstream's derives ask for upstream's features"
)]

mod aggregation;
mod app;
mod common;
mod custom_extension;
mod devices;
mod equality;
mod failures;
mod fields;
mod jobs;
mod toy_params;
mod trace_kernels;

/// Any test's dispatches are run as Metal's text, too, if the environment asks for it.
#[ctor::ctor(unsafe)]
fn beside() {
    openvm_metal_text::beside::from_env();
}
