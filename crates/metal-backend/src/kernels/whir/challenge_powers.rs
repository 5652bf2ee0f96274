//! `challenge_powers.wgsl`: the powers of a challenge.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::POWER;
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
    transcript::{DeviceSponge, Place},
};

kernel_params! {
    /// Which powers.
    ChallengePowersParams {
        /// Number of powers.
        n_powers,
        /// The challenge's place on the tape.
        place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    let field = field::source(multiply);
    let text = include_str!("challenge_powers.wgsl");
    [ChallengePowersParams::WGSL, field, POWER, text].concat()
}

/// The kernel.
pub struct ChallengePowers(Arc<Pipeline>);

impl ChallengePowers {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let source = source(gpu.multiply());
        Ok(Self(gpu.pipeline("whir challenge_powers", source)?))
    }

    /// Fills `powers` with `1, mu, mu^2, ...`, where `mu` stands at `place` of the tape.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        mu: Place,
        powers: &Buffer<EF>,
    ) {
        let params = ChallengePowersParams {
            n_powers: powers.len() as u32,
            place: mu.start,
        };
        let bindings = [sponge.tape().binding(), powers.binding()];
        let grid = flat_grid(powers.len() as u64, 64);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
