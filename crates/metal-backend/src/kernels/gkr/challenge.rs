//! `challenge.wgsl`: ends one round of a large layer.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{ROUNDS, SUMS, WORKGROUP_SIZE};
use crate::{gpu::kernel, kernels::field, transcript::sponge};

kernel! {
    /// Makes a large round's polynomial of the workgroups' sums, and samples the challenge.
    pub struct GkrChallenge("gkr_challenge");
    text(multiply) = [
        field::source(multiply),
        sponge::source(),
        SUMS,
        ROUNDS,
        include_str!("challenge.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings GkrChallengeBindings {
        /// The transcript's sponge.
        sponge: Write<F>,
        /// Where polynomial and challenge go.
        tape: Write<F> as "array<vec4<u32>>",
        /// The factor `prefix` of `rounds.wgsl`.
        state: Write<EF>,
        /// Three sums for each workgroup.
        partials: Read<EF> as "array<Sums>",
    }
    params GkrChallengeParams {
        /// Number of workgroups that left sums.
        n_partials,
        /// 1 in a layer's first round.
        is_first,
        /// Place of this round's coordinate of xi on the tape.
        xi_at,
        /// Place of this round's polynomial on the tape; the challenge follows.
        round_at,
    }
    grid(_params) = [1, 1, 1];
}
