//! `round.wgsl`: folds a block of a large layer, and sums it for the next round.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{SUMS, WORKGROUP_SIZE};
use crate::{gpu::kernel, kernels::field};

/// What a round reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundInput {
    /// The layer itself, in its first round.
    Layer,
    /// What the round before has summed, which is folded with that round's challenge.
    RoundBefore,
}

kernel! {
    /// Sums a block of a round of a large layer, folded first unless the block is of the layer itself.
    pub struct GkrRound("gkr_round");
    text(multiply, input: RoundInput, of [RoundInput::Layer, RoundInput::RoundBefore]) = [
        format!("const FOLDS: bool = {};\n", input == RoundInput::RoundBefore),
        field::source(multiply),
        SUMS,
        include_str!("round.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings GkrRoundBindings {
        /// Numerators of the block.
        p_source: Read<EF>,
        /// Its denominators.
        q_source: Read<EF>,
        /// Numerators of the block that it is folded to; untouched if it is not.
        p_target: Write<EF>,
        /// Its denominators.
        q_target: Write<EF>,
        /// The tables of eq.
        eq: Read<EF>,
        /// Lambda and the challenges.
        tape: Read<F> as "array<vec4<u32>>",
        /// Three sums for each workgroup.
        partials: Write<EF> as "array<Sums>",
    }
    params GkrRoundParams {
        /// Number of pairs in the block, after folding.
        n_pairs,
        /// The number of its first pair in the layer.
        first_pair,
        /// Where the first folded fraction goes in the target.
        target_offset,
        /// Place of the layer's lambda on the tape.
        lambda_at,
        /// Place of the last round's challenge on the tape; unused in a layer's first round.
        r_at,
        /// Bits of a pair's number that select from the lower table.
        k_low,
        /// Bits that select from the upper one.
        k_high,
        /// Where the upper table starts.
        high_start,
        /// Number of the first workgroup's sums.
        first_partial,
        /// Number of workgroups.
        n_groups,
    }
    grid(params) = [params.n_groups, 1, 1];
}
