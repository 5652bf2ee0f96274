//! `skip_fold.wgsl`: folds the skip domain at u_0.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// The pairs of one band.
    SkipFoldParams {
        /// Number of pairs.
        n_pairs,
        /// The first one, which the band begins with.
        first_pair,
        /// Logarithm of the skip domain's size.
        log_skip,
        /// Number of groups.
        n_groups,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        SkipFoldParams::WGSL,
        field::source(multiply),
        include_str!("skip_fold.wgsl"),
    ]
    .concat()
}

/// The kernel that folds the skip domain at u_0.
pub struct SkipFold(Arc<Pipeline>);

impl SkipFold {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction skip_fold",
            source(gpu.multiply()),
        )?))
    }

    /// Writes the pairs of the band that `combined` holds.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        groups: &Buffer<u32>,
        [combined, eq_table, scalars, pairs]: [&Buffer<EF>; 4],
        params: SkipFoldParams,
    ) {
        let bindings = [
            combined.binding(),
            eq_table.binding(),
            scalars.binding(),
            groups.binding(),
            pairs.binding(),
        ];
        let grid = flat_grid(u64::from(params.n_pairs), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
