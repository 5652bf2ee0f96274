//! `point_weights.wgsl`: the weights that a point gives to coefficients.

use std::sync::Arc;

use openvm_stark_backend::prover::poly::evals_eq_hypercube;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// Sizes of the tables.
    PointWeightsParams {
        /// Number of weights.
        n_weights,
        /// Logarithm of the lower table's length.
        log_low,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    let field = field::source(multiply);
    let text = include_str!("point_weights.wgsl");
    [PointWeightsParams::WGSL, field, text].concat()
}

/// The kernel.
pub struct PointWeights(Arc<Pipeline>);

impl PointWeights {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let source = source(gpu.multiply());
        Ok(Self(gpu.pipeline("whir point_weights", source)?))
    }

    /// Writes `eq(u, j)` for all `j` of the hypercube, whose lowest bit belongs to `u[0]`. The two
    /// tables, of about the square root of the number of weights, come from the host.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        u: &[EF],
        weights: &Buffer<EF>,
    ) -> Result<(), GpuError> {
        let gpu = recorder.gpu();
        let (low, high) = u.split_at(u.len() / 2);
        let params = PointWeightsParams {
            n_weights: 1 << u.len(),
            log_low: low.len() as u32,
        };
        let low = gpu.upload(&evals_eq_hypercube(low), "point weights")?;
        let high = gpu.upload(&evals_eq_hypercube(high), "point weights")?;
        let bindings = [low.binding(), high.binding(), weights.binding()];
        let grid = flat_grid(1 << u.len(), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
        Ok(())
    }
}
