//! `round_sums.wgsl`: folds and evaluates in many workgroups.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params},
};

kernel_params! {
    /// One round.
    RoundSumsParams {
        /// A `Mode`.
        mode,
        /// Number of pairs before folding.
        n_pairs,
        /// Place of the challenge to fold at, in vectors of four words.
        u_place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        RoundSumsParams::WGSL,
        field::source(multiply),
        include_str!("sumcheck.wgsl"),
        include_str!("round_sums.wgsl"),
    ]
    .concat()
}

/// The kernel that folds and evaluates in many workgroups.
pub struct RoundSums(Arc<Pipeline>);

impl RoundSums {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction round_sums",
            source(gpu.multiply()),
        )?))
    }

    /// Runs `n_workgroups`, of which each writes two sums to `sums`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        [pairs, folded, sums]: [&Buffer<EF>; 3],
        n_workgroups: u32,
        params: RoundSumsParams,
    ) {
        let bindings = [
            tape.binding(),
            pairs.binding(),
            folded.binding(),
            sums.binding(),
        ];
        let grid = [n_workgroups, 1, 1];
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
