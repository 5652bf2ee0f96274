//! `powers.wgsl`: computes the weights of the claims.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// Which powers.
    PowersParams {
        /// Number of powers.
        n_powers,
        /// Place of lambda on the tape, in vectors of four words.
        lambda_place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        PowersParams::WGSL,
        field::source(multiply),
        include_str!("powers.wgsl"),
    ]
    .concat()
}

/// The kernel that computes the weights of the claims.
pub struct Powers(Arc<Pipeline>);

impl Powers {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction powers",
            source(gpu.multiply()),
        )?))
    }

    /// Writes the even powers of the lambda on `tape` to `powers`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        powers: &Buffer<EF>,
        params: PowersParams,
    ) {
        let bindings = [tape.binding(), powers.binding()];
        let grid = flat_grid(u64::from(params.n_powers), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
