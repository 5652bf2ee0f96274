//! `final_polynomial.wgsl`: a polynomial to the tape.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Pipeline, Recorder},
    kernels::{flat_grid, kernel_params},
    transcript::{DeviceSponge, Place},
};

kernel_params! {
    /// Where it goes.
    FinalPolynomialParams {
        /// Number of coefficients.
        len,
        /// Their place on the tape.
        place,
    }
}

/// The kernel's text.
pub fn source() -> String {
    let text = include_str!("final_polynomial.wgsl");
    [FinalPolynomialParams::WGSL, text].concat()
}

/// The kernel.
pub struct FinalPolynomial(Arc<Pipeline>);

impl FinalPolynomial {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline("whir final_polynomial", source())?))
    }

    /// Copies `f`, four base columns of `len` coefficients, to `place`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        (f, len): (&Buffer<F>, usize),
        place: Place,
    ) {
        let params = FinalPolynomialParams {
            len: len as u32,
            place: place.start,
        };
        let bindings = [f.binding(), sponge.tape().binding()];
        let grid = flat_grid(u64::from(place.n_words), 256);
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
