//! `round0_*.wgsl`: from the sums over the hypercube to the first round polynomial, and what later
//! kernels need of its challenge.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

const WORKGROUP_SIZE: u64 = 256;

kernel_params! {
    /// Sizes, and places on the tape in vectors of four words.
    Round0Params {
        /// Logarithm of the skip domain's size.
        log_skip,
        /// Number of terms.
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

/// What the kernels work on; each text says what is in its buffers.
#[derive(Clone, Copy, Debug)]
pub struct Round0Buffers<'a> {
    /// What `round0_sums.wgsl` leaves.
    pub results: &'a Buffer<EF>,
    /// Which results belong to a term: four words each.
    pub terms: &'a Buffer<u32>,
    /// Coefficients of the terms' kernels.
    pub kernels: &'a Buffer<EF>,
    /// Inverse powers of the skip domain's generator.
    pub roots: &'a Buffer<F>,
    /// The transcript's tape.
    pub tape: &'a Buffer<F>,
}

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> [(&'static str, String); 4] {
    let texts = [
        ("round0_values", include_str!("round0_values.wgsl")),
        (
            "round0_coefficients",
            include_str!("round0_coefficients.wgsl"),
        ),
        ("round0_polynomial", include_str!("round0_polynomial.wgsl")),
        ("round0_scalars", include_str!("round0_scalars.wgsl")),
    ];
    let field = field::source(multiply);
    texts.map(|(name, text)| (name, [Round0Params::WGSL, field, text].concat()))
}

/// The kernels before and after the observation of the first round polynomial.
pub struct Round0 {
    values: Arc<Pipeline>,
    coefficients: Arc<Pipeline>,
    polynomial: Arc<Pipeline>,
    scalars: Arc<Pipeline>,
}

impl Round0 {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let [values, coefficients, polynomial, scalars] = sources(gpu.multiply())
            .map(|(name, source)| gpu.pipeline(&format!("stacked_reduction {name}"), source));
        Ok(Self {
            values: values?,
            coefficients: coefficients?,
            polynomial: polynomial?,
            scalars: scalars?,
        })
    }

    /// Writes the round polynomial's coefficients to the tape; returns the factors of its terms.
    pub fn record_polynomial(
        &self,
        recorder: &mut Recorder<'_>,
        buffers: Round0Buffers<'_>,
        params: Round0Params,
    ) -> Result<Buffer<EF>, GpuError> {
        let gpu = recorder.gpu();
        let len = (params.n_terms as usize) << params.log_skip;
        let values = gpu.alloc::<EF>(len, "values of round 0's terms")?;
        let factors = gpu.alloc(2 * len, "factors of round 0's terms")?;
        let words = params.words();

        let tiles = (1u32 << params.log_skip).div_ceil(WORKGROUP_SIZE as u32);
        let bindings = [
            buffers.results.binding(),
            buffers.terms.binding(),
            values.binding(),
        ];
        recorder.dispatch(&self.values, &bindings, &words, [tiles, params.n_terms, 1]);

        let bindings = [
            values.binding(),
            buffers.kernels.binding(),
            buffers.roots.binding(),
            buffers.tape.binding(),
            factors.binding(),
        ];
        let grid = flat_grid(len as u64, WORKGROUP_SIZE);
        recorder.dispatch(&self.coefficients, &bindings, &words, grid);

        let bindings = [factors.binding(), buffers.tape.binding()];
        let grid = flat_grid(2 << params.log_skip, WORKGROUP_SIZE);
        recorder.dispatch(&self.polynomial, &bindings, &words, grid);
        Ok(factors)
    }

    /// Evaluates what belongs to the challenge on the tape into `scalars`.
    pub fn record_scalars(
        &self,
        recorder: &mut Recorder<'_>,
        buffers: Round0Buffers<'_>,
        [factors, scalars]: [&Buffer<EF>; 2],
        params: Round0Params,
    ) {
        let bindings = [
            factors.binding(),
            buffers.roots.binding(),
            buffers.tape.binding(),
            scalars.binding(),
        ];
        let grid = flat_grid(scalars.len() as u64, WORKGROUP_SIZE);
        recorder.dispatch(&self.scalars, &bindings, &params.words(), grid);
    }
}
