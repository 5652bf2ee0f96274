//! `level.wgsl`: one level of the tree of fractions.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::WORKGROUP_SIZE;
use crate::{gpu::kernel, kernels::field};

kernel! {
    /// Adds up the neighbouring fractions of a block.
    pub struct GkrLevel("gkr_level");
    text(multiply) = [field::source(multiply), include_str!("level.wgsl")];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings GkrLevelBindings {
        /// Numerators of the block.
        p_source: Read<EF>,
        /// Its denominators.
        q_source: Read<EF>,
        /// Numerators of the block that the sums go to.
        p_target: Write<EF>,
        /// Its denominators.
        q_target: Write<EF>,
    }
    params GkrLevelParams {
        /// Half the number of fractions in the source.
        n_parents,
        /// Where the first parent goes in the target.
        target_offset,
    }
    grid(params) = threads(params.n_parents);
}
