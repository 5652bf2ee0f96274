//! `challenges.wgsl`: ends the two rounds of a pass.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{Numerators, GRID, ROUNDS, SUMS};
use crate::{gpu::kernel, kernels::field, transcript::sponge};

kernel! {
    /// Makes the polynomials of a pass's rounds of the workgroups' sums, and samples the challenges.
    pub struct GkrChallenges("gkr_challenges");
    text(multiply) = [
        field::source(multiply),
        sponge::source(),
        Numerators::Extension.text(),
        SUMS,
        GRID,
        ROUNDS,
        include_str!("challenges.wgsl"),
    ];
    workgroup_size = [64, 1, 1];
    bindings GkrChallengesBindings {
        /// The transcript's sponge.
        sponge: Write<F>,
        /// Where polynomials and challenges go.
        tape: Write<F> as "array<vec4<u32>>",
        /// The factor `prefix` of `rounds.wgsl`.
        state: Write<EF>,
        /// Nine sums for each workgroup.
        partials: Read<EF> as "array<Grid>",
    }
    params GkrChallengesParams {
        /// Number of workgroups that left sums.
        n_partials,
        /// 1 in a layer's first pass.
        is_first,
        /// Place of the first round's coordinate of xi on the tape.
        xi_1_at,
        /// Place of the second round's.
        xi_2_at,
        /// Place of the first round's polynomial on the tape; its challenge and the second round follow.
        rounds_at,
    }
    grid(_params) = [1, 1, 1];
}
