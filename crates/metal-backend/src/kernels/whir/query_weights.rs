//! `query_weights.wgsl`: the weights that a round's samples add.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::POWER;
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params, sponge::to_word},
    transcript::{DeviceSponge, Place},
};

/// As in the kernel's text.
const WORKGROUP_SIZE: usize = 256;
/// As in the kernel's text.
const N_TAKEN: usize = 8;

kernel_params! {
    /// The samples of a round.
    QueryWeightsParams {
        /// Number of weights, a power of two.
        len,
        /// Logarithm of the number of threads.
        log_threads,
        /// Number of queries.
        n_queries,
        /// Generator of the domain of the queries, in Montgomery form.
        omega,
        /// Place of the queries' indices on the tape.
        indices_place,
        /// Place of the out-of-domain point.
        z_0_place,
        /// Place of the challenge that batches the samples.
        gamma_place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    let field = field::source(multiply);
    let text = include_str!("query_weights.wgsl");
    [QueryWeightsParams::WGSL, field, POWER, text].concat()
}

/// Where a round's samples stand on the tape.
#[derive(Clone, Copy, Debug)]
pub struct Samples {
    /// The out-of-domain point.
    pub z_0: Place,
    /// The queries' indices.
    pub indices: Place,
    /// The challenge that batches them.
    pub gamma: Place,
}

/// The kernel.
pub struct QueryWeights(Arc<Pipeline>);

impl QueryWeights {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let source = source(gpu.multiply());
        Ok(Self(gpu.pipeline("whir query_weights", source)?))
    }

    /// Adds to the first `len` weights; `omega` generates the domain that the indices are of.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        samples: Samples,
        omega: F,
        (weights, len): (&Buffer<EF>, usize),
    ) {
        let n_threads = (len / N_TAKEN).max(len.min(WORKGROUP_SIZE));
        let params = QueryWeightsParams {
            len: len as u32,
            log_threads: n_threads.ilog2(),
            n_queries: samples.indices.n_words,
            omega: to_word(omega),
            indices_place: samples.indices.start,
            z_0_place: samples.z_0.start,
            gamma_place: samples.gamma.start,
        };
        let bindings = [sponge.tape().binding(), weights.binding()];
        let grid = [n_threads.div_ceil(WORKGROUP_SIZE) as u32, 1, 1];
        recorder.dispatch(&self.0, &bindings, &params.words(), grid);
    }
}
