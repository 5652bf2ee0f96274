//! `challenge_powers.wgsl`: the powers of a challenge.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::POWER;
use crate::{gpu::kernel, kernels::field};

kernel! {
    /// Writes `1, mu, mu^2, ...` for a challenge `mu` on the tape.
    pub struct ChallengePowers("whir challenge_powers");
    text(multiply) = [field::source(multiply), POWER, include_str!("challenge_powers.wgsl")];
    workgroup_size = [64, 1, 1];
    bindings ChallengePowersBindings {
        /// The tape.
        tape: Read<F> as "array<vec4<u32>>",
        /// The powers.
        powers: Write<EF>,
    }
    params ChallengePowersParams {
        /// Number of powers.
        n_powers,
        /// The challenge's place on the tape.
        place,
    }
    grid(params) = threads(params.n_powers);
}
