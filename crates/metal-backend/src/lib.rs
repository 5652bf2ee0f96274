//! GPU prover backend for OpenVM on Metal and Vulkan, through wgpu.

pub mod constraints;
