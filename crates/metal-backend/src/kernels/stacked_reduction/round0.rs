//! `round0.wgsl`: computes and observes the first round polynomial.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params, sponge},
    transcript::DeviceSponge,
};

kernel_params! {
    /// Sizes, and places on the tape in words.
    Round0Params {
        /// Logarithm of the skip domain's size, at most `MAX_LOG_SKIP`.
        log_skip,
        /// Number of terms, at most 256.
        n_terms,
        /// Inverse of the skip domain's size, as a word in Montgomery form.
        inverse_size,
        /// Place of lambda.
        lambda_place,
        /// Place of the coefficients.
        s_0_place,
        /// Place of u_0.
        u_0_place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        Round0Params::WGSL,
        field::source(multiply),
        sponge::source(),
        include_str!("round0.wgsl"),
    ]
    .concat()
}

/// The kernel that computes and observes the first round polynomial.
pub struct Round0(Arc<Pipeline>);

impl Round0 {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline(
            "stacked_reduction round0",
            source(gpu.multiply()),
        )?))
    }

    /// Runs the round; the buffers are described in the kernel's text.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        terms: &Buffer<u32>,
        roots: &Buffer<F>,
        [results, kernels, scalars]: [&Buffer<EF>; 3],
        params: Round0Params,
    ) {
        let bindings = [
            sponge.sponge().binding(),
            sponge.tape().binding(),
            results.binding(),
            terms.binding(),
            kernels.binding(),
            roots.binding(),
            scalars.binding(),
        ];
        let grid = [1, 1, 1];
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
