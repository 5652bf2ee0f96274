//! `levels.wgsl`: three levels of the tree of fractions.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{Numerators, EXTENSION_PRODUCT, TILES, WORKGROUP_SIZE};
use crate::{gpu::kernel, kernels::field};

kernel! {
    /// Adds up the neighbouring fractions of a block, their sums, and the sums of these.
    pub struct GkrLevels("gkr_levels");
    text(multiply, numerators: Numerators, of Numerators::ALL) = [
        field::source(multiply),
        TILES,
        numerators.text(),
        include_str!("levels.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings GkrLevelsBindings {
        /// Numerators of the block.
        p_source: Read<F> as "array<Numerator>",
        /// Its denominators.
        q_source: Read<EF>,
        /// Numerators of the block that the sums of two go to.
        p_1: Write<F> as "array<vec4<u32>>",
        /// Its denominators.
        q_1: Write<EF>,
        /// Numerators of the block that the sums of four go to.
        p_2: Write<F> as "array<vec4<u32>>",
        /// Its denominators.
        q_2: Write<EF>,
        /// Numerators of the block that the sums of eight go to.
        p_3: Write<F> as "array<vec4<u32>>",
        /// Its denominators.
        q_3: Write<EF>,
    }
    params GkrLevelsParams {
        /// An eighth of the number of fractions in the source.
        n_eighths,
        /// The first sum of two in its block.
        offset_1,
        /// The first sum of four.
        offset_2,
        /// The first sum of eight.
        offset_3,
    }
    grid(params) = threads(params.n_eighths);
    work(_params) = 21 * EXTENSION_PRODUCT;
}
