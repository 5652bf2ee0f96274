//! `rounds.wgsl`: runs rounds in one workgroup.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params, sponge},
    transcript::DeviceSponge,
};

kernel_params! {
    /// Rounds, with places on the tape in words.
    RoundsParams {
        /// Number of pairs before folding.
        n_pairs,
        /// Number of rounds.
        n_rounds,
        /// A `Mode`, what the first round does.
        first_mode,
        /// Number of workgroups whose sums it takes.
        n_sums,
        /// Whether to fold after the last round: 1 or 0.
        is_folded_last,
        /// Place of the first round.
        place,
        /// Number of openings to observe at the end.
        n_openings,
        /// Their place.
        openings_place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        RoundsParams::WGSL,
        field::source(multiply),
        sponge::source(),
        include_str!("sumcheck.wgsl"),
        include_str!("rounds.wgsl"),
    ]
    .concat()
}

/// The kernel that runs rounds in one workgroup.
pub struct Rounds(Arc<Pipeline>);

impl Rounds {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction rounds",
            source(gpu.multiply()),
        )?))
    }

    /// Runs the rounds on `pairs_a`; every fold moves the pairs to the other buffer.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        [pairs_a, pairs_b, sums]: [&Buffer<EF>; 3],
        params: RoundsParams,
    ) {
        let bindings = [
            sponge.sponge().binding(),
            sponge.tape().binding(),
            pairs_a.binding(),
            pairs_b.binding(),
            sums.binding(),
        ];
        let grid = [1, 1, 1];
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
