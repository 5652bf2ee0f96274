//! `evaluate.wgsl`: a polynomial at a challenge.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::POWER;
use crate::{
    gpu::{kernel, word, Declaration},
    kernels::field,
};

/// Fills a large GPU; a thread starts with some 30 multiplications.
const MAX_LOG_THREADS: u32 = 16;

kernel! {
    /// Evaluates a polynomial over the extension at a challenge; each workgroup leaves its part.
    pub struct Evaluate("whir evaluate");
    text(multiply) = [field::source(multiply), POWER, include_str!("evaluate.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings EvaluateBindings {
        /// The coefficients, as four base columns.
        f: Read<F>,
        /// The tape.
        tape: Read<F> as "array<vec4<u32>>",
        /// The workgroups' parts.
        partials: Write<EF>,
    }
    params EvaluateParams {
        /// Number of coefficients, a power of two.
        len,
        /// Logarithm of the number of threads, at most that of `len`.
        log_threads,
        /// The challenge's place on the tape.
        place,
    }
    grid(params) = threads(1u32 << params.log_threads);
}

impl EvaluateParams {
    /// For `2^log_len` coefficients and a challenge at `place`.
    pub fn new(log_len: usize, place: u32) -> Self {
        Self {
            len: 1 << log_len,
            log_threads: MAX_LOG_THREADS.min(word(log_len)),
            place,
        }
    }

    /// Number of workgroups that leave a part.
    pub fn n_groups(&self) -> u32 {
        Evaluate::grid(self, &())[0]
    }
}
