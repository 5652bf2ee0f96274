//! `stack.wgsl`: trace columns to their places in the stacked matrix.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::gpu::kernel;

kernel! {
    /// Copies values of a block of a trace into a block of the stacked matrix.
    pub struct Stack("stack");
    text(_multiply) = [include_str!("stack.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings StackBindings {
        /// The trace's block.
        trace: Read<F>,
        /// The stacked matrix's block.
        stacked: Write<F>,
    }
    params StackParams {
        /// Number of values.
        n_values,
        /// First value in the trace's block.
        source_offset,
        /// Its place in the stacked matrix's block.
        target_offset,
        /// Logarithm of the distance between two values there.
        log_stride,
    }
    grid(params) = threads(params.n_values);
}
