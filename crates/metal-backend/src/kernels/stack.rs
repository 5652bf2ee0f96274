//! `stack.wgsl`: trace columns to their places in the stacked matrix.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{flat_grid, kernel_params};
use crate::gpu::{Buffer, Gpu, GpuError, Pipeline, Recorder};

kernel_params! {
    /// Which values go where.
    StackParams {
        /// Number of values.
        n_values,
        /// First value in the trace's block.
        source_offset,
        /// Its place in the stacked matrix's block.
        target_offset,
        /// Logarithm of the distance between two values there.
        log_stride,
    }
}

/// The kernel that stacks.
pub struct Stack(Arc<Pipeline>);

/// The kernel's text.
pub fn source() -> String {
    [StackParams::WGSL, include_str!("stack.wgsl")].concat()
}

impl Stack {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline("stack", source())?))
    }

    /// Copies values of a block of `trace` into a block of the `stacked` matrix.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        trace: &Buffer<F>,
        stacked: &Buffer<F>,
        params: StackParams,
    ) {
        let bindings = [trace.binding(), stacked.binding()];
        let grid = flat_grid(u64::from(params.n_values), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
