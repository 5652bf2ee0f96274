//! `powers.wgsl`: computes the weights of the claims.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{gpu::kernel, kernels::field};

kernel! {
    /// Computes the even powers of lambda.
    pub struct LambdaPowers("stacked_reduction powers");
    text(multiply) = [field::source(multiply), include_str!("powers.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings LambdaPowersBindings {
        /// The transcript's tape.
        tape: Read<F> as "array<vec4<u32>>",
        /// The powers.
        powers: Write<EF>,
    }
    params LambdaPowersParams {
        /// Number of powers.
        n_powers,
        /// Place of lambda on the tape, in vectors of four words.
        lambda_place,
    }
    grid(params) = threads(params.n_powers);
}
