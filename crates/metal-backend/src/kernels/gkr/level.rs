//! `level.wgsl`: one level of the tree of fractions.

use std::sync::Arc;

use super::{FractionBlock, WORKGROUP_SIZE};
use crate::{
    gpu::{Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// What becomes of one block.
    LevelParams {
        /// Half the number of fractions in the source.
        n_parents,
        /// Where the first parent goes in the target.
        target_offset,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    let kernel = include_str!("level.wgsl");
    [LevelParams::WGSL, field::source(multiply), kernel].concat()
}

/// The kernel that adds neighbouring fractions.
pub struct Level(Arc<Pipeline>);

impl Level {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let pipeline = gpu.pipeline("gkr_level", source(gpu.multiply()))?;
        Ok(Self(pipeline))
    }

    /// Adds up the pairs of `source`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        source: FractionBlock<'_>,
        target: FractionBlock<'_>,
        params: LevelParams,
    ) {
        let bindings = [source.p, source.q, target.p, target.q].map(|buffer| buffer.binding());
        let grid = flat_grid(u64::from(params.n_parents), u64::from(WORKGROUP_SIZE));
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
