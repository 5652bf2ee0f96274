//! `evaluate.wgsl`: a polynomial at a challenge.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{Partials, POWER};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params},
    transcript::{DeviceSponge, Place},
};

const WORKGROUP_SIZE: u32 = 256;
/// Fills a large GPU; a thread starts with some 30 multiplications.
const MAX_THREADS: usize = 1 << 16;

kernel_params! {
    /// What to evaluate.
    EvaluateParams {
        /// Number of coefficients, a power of two.
        len,
        /// Logarithm of the number of threads, at most that of `len`.
        log_threads,
        /// The challenge's place on the tape.
        place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    let field = field::source(multiply);
    let text = include_str!("evaluate.wgsl");
    [EvaluateParams::WGSL, field, POWER, text].concat()
}

/// The kernel.
pub struct Evaluate(Arc<Pipeline>);

impl Evaluate {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let source = source(gpu.multiply());
        Ok(Self(gpu.pipeline("whir evaluate", source)?))
    }

    /// Evaluates `f`, four base columns of `len` coefficients, at the challenge at `z`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        (f, len): (&Buffer<F>, usize),
        z: Place,
        partials: &Buffer<EF>,
    ) -> Partials {
        let n_threads = len.min(MAX_THREADS) as u32;
        let params = EvaluateParams {
            len: len as u32,
            log_threads: n_threads.ilog2(),
            place: z.start,
        };
        let n_partials = n_threads.div_ceil(WORKGROUP_SIZE);
        let bindings = [f.binding(), sponge.tape().binding(), partials.binding()];
        recorder.dispatch(&self.0, &bindings, &params.words(), [n_partials, 1, 1]);
        Partials {
            n_partials,
            n_values: 1,
        }
    }
}
