//! `tail.wgsl`: the top of the tree with all its layers, or the last rounds of one larger layer.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{Numerators, ROUNDS, SUMS, TILES};
use crate::{gpu::kernel, kernels::field, transcript::sponge};

kernel! {
    /// Proves small layers, or the end of a larger one.
    pub struct GkrTail("gkr_tail");
    text(multiply) = [
        field::source(multiply),
        sponge::source(),
        TILES,
        Numerators::Extension.text(),
        SUMS,
        ROUNDS,
        include_str!("tail.wgsl"),
    ];
    workgroup_size = [128, 1, 1];
    bindings GkrTailBindings {
        /// The transcript's sponge.
        sponge: Write<F>,
        /// What is observed and sampled.
        tape: Write<F> as "array<vec4<u32>>",
        /// Numerators of the levels up to the top level, level `l` from fraction `2^l` on.
        p: Write<F> as "array<vec4<u32>>",
        /// Their denominators.
        q: Write<EF>,
        /// The tables of eq.
        eq: Write<EF>,
        /// The factor `prefix` of `rounds.wgsl`, then the root's numerator and denominator.
        state: Write<EF>,
        /// Numerators of all fractions where the whole tree is small, else anything.
        p_input: Read<F>,
        /// Their denominators.
        q_input: Read<EF>,
    }
    params GkrTailParams {
        /// The first layer; 0 stands for the top of the tree.
        first_layer,
        /// The last layer.
        last_layer,
        /// The last layer of all, which has no next one.
        end_layer,
        /// Variables of the first layer that are left.
        first_m,
        /// The largest level in the kernel's buffers.
        top_level,
        /// Number of fractions to copy to that level.
        n_inputs,
        /// 1 if the root's numerator is observed.
        observes_numerator,
        /// Place of the first layer's part on the tape.
        layer_at,
        /// Where the upper table of eq starts.
        high_start,
    }
    grid(_params) = [1, 1, 1];
}
