//! `pad_fractions.wgsl`: the end of the input layer.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::kernel,
    kernels::gkr::{TILE, TILES},
};

kernel! {
    /// Fills the end of a block of the input layer with `0 / alpha`.
    pub struct PadFractions("pad_fractions");
    text(_multiply) = [TILES, include_str!("pad_fractions.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings PadFractionsBindings {
        /// Numerators of the block.
        numerators: Write<F>,
        /// Denominators of the block.
        denominators: Write<EF>,
    }
    params PadFractionsParams {
        /// Number of the first fraction.
        start,
        /// Number of fractions.
        len,
        /// Coefficient of 1 of alpha.
        alpha_0,
        /// Coefficient of x.
        alpha_1,
        /// Coefficient of x^2.
        alpha_2,
        /// Coefficient of x^3.
        alpha_3,
    }
    grid(params) = threads((params.start % TILE as u32 + params.len).next_multiple_of(TILE as u32));
}
