//! `extend.wgsl`: replaces groups by their slices.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// The new pairs.
    ExtendParams {
        /// Number of pairs.
        n_pairs,
        /// Number of pieces.
        n_pieces,
        /// Parts of a slice's value.
        n_chunks,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        ExtendParams::WGSL,
        field::source(multiply),
        include_str!("extend.wgsl"),
    ]
    .concat()
}

/// The kernel that replaces groups by their slices.
pub struct Extend(Arc<Pipeline>);

impl Extend {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction extend",
            source(gpu.multiply()),
        )?))
    }

    /// Writes the pairs that `pieces`, as the kernel's text describes them, ask for.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        pieces: &Buffer<u32>,
        [powers, slice_sums, pairs, extended]: [&Buffer<EF>; 4],
        params: ExtendParams,
    ) {
        let bindings = [
            pieces.binding(),
            powers.binding(),
            slice_sums.binding(),
            pairs.binding(),
            extended.binding(),
        ];
        let grid = flat_grid(u64::from(params.n_pairs), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
