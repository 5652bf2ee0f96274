//! `query_weights.wgsl`: the weights that a round's samples add.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::POWER;
use crate::{gpu::kernel, gpu::word, kernels::field};

const LOG_WORKGROUP_SIZE: u32 = 8;
/// Logarithm of the weights that a thread takes.
const LOG_TAKEN: u32 = 3;

kernel! {
    /// Adds the weights of an out-of-domain sample and of queries.
    pub struct QueryWeights("whir query_weights");
    text(multiply) = [
        field::source(multiply),
        POWER,
        format!("const LOG_THREADS: u32 = {LOG_WORKGROUP_SIZE}u;\n"),
        format!("const N_TAKEN: u32 = {}u;\n", 1 << LOG_TAKEN),
        include_str!("query_weights.wgsl"),
    ];
    workgroup_size = [1 << LOG_WORKGROUP_SIZE, 1, 1];
    bindings QueryWeightsBindings {
        /// The tape.
        tape: Read<F>,
        /// The weights.
        weights: Write<EF>,
    }
    params QueryWeightsParams {
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
    grid(params) = threads(1u32 << params.log_threads);
}

impl QueryWeightsParams {
    /// Logarithm of the number of threads for `2^log_len` weights.
    pub fn log_threads(log_len: usize) -> u32 {
        let log_len = word(log_len);
        log_len
            .saturating_sub(LOG_TAKEN)
            .max(log_len.min(LOG_WORKGROUP_SIZE))
    }
}
