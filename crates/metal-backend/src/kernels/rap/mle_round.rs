//! `mle_round.wgsl`: from the sums of traces to the round polynomial and the next challenge.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::max_points;
use crate::{gpu::kernel, kernels::field, transcript::sponge};

/// The largest constraint degree that the kernel has memory for.
pub const MAX_DEGREE: usize = 30;

kernel! {
    /// Makes the polynomial of a multilinear round, observes it and samples the challenge.
    pub struct MleRound("mle_round");
    text(multiply) = [
        max_points(),
        field::source(multiply),
        sponge::source(),
        include_str!("mle_round.wgsl"),
    ];
    workgroup_size = [64, 1, 1];
    bindings MleRoundBindings {
        /// The sponge.
        sponge: Write<F>,
        /// The tape.
        tape: Write<F> as "array<vec4<u32>>",
        /// Sums of the traces.
        sums: Read<EF>,
        /// Powers of mu: trace `t`'s numerators have number `2 t`, its denominators `2 t + 1`, its
        /// constraints `2 n_traces + t`.
        mu: Read<EF>,
        /// For `i` in `0..=d`: 1 / product over `k != i` of `(i - k)`; then, for each of `d + 1, ...,
        /// n_values`, the values there of the polynomials that are 1 at `i` and 0 at the others; then, for
        /// each round, `xi_j` and `1 / (1 - xi_j)`.
        constants: Read<EF>,
        /// What goes from round to round: `s_{j-1}(r_{j-1})`, `eq(xi, r)`, `eq_sharp(xi, r)`, the tail.
        running: Write<EF> as "array<vec4<u32>, 4>",
    }
    params MleRoundParams {
        /// The round, from 1 on.
        round,
        /// Degree d of the traces' sums.
        degree,
        /// Number of values of the round polynomial.
        n_values,
        /// Number of traces.
        n_traces,
        /// Traces that have this round's variable.
        n_head,
        /// Those, and the traces that had the last round's.
        n_live,
        /// Place of the polynomial on the tape, in extension elements.
        polynomial,
        /// Place of the challenge.
        challenge,
        /// Place of the last round's challenge.
        last_challenge,
    }
    grid(_) = [1, 1, 1];
}
