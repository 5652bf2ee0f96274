//! `challenge.wgsl`: ends one round of a large layer.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{ROUNDS, SUMS};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params, sponge},
    transcript::DeviceSponge,
};

kernel_params! {
    /// One round.
    ChallengeParams {
        /// Number of workgroups that left sums.
        n_partials,
        /// 1 in a layer's first round.
        is_first,
        /// Place of this round's coordinate of xi on the tape.
        xi_at,
        /// Place of this round's polynomial on the tape; the challenge follows.
        round_at,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        ChallengeParams::WGSL,
        field::source(multiply),
        sponge::source(),
        SUMS,
        ROUNDS,
        include_str!("challenge.wgsl"),
    ]
    .concat()
}

/// The kernel that samples a large round's challenge.
pub struct Challenge(Arc<Pipeline>);

impl Challenge {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let pipeline = gpu.pipeline("gkr_challenge", source(gpu.multiply()))?;
        Ok(Self(pipeline))
    }

    /// Makes a round's polynomial of `partials`, and samples the challenge.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        state: &Buffer<EF>,
        partials: &Buffer<EF>,
        params: ChallengeParams,
    ) {
        let bindings = [
            sponge.sponge().binding(),
            sponge.tape().binding(),
            state.binding(),
            partials.binding(),
        ];
        recorder.dispatch(&self.0, &bindings, &params.words(), [1, 1, 1]);
    }
}
