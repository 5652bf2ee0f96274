//! `round_sums.wgsl`: folds and evaluates in many workgroups.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::sumcheck::{self, SumcheckMode};
use crate::{
    gpu::{kernel, Declaration},
    kernels::field,
};

/// The most workgroups whose sums are worth adding up afterwards.
pub const MAX_ROUND_SUMS: u32 = 256;

kernel! {
    /// Folds and evaluates the pairs of one round in many workgroups.
    pub struct ProductRoundSums("stacked_reduction round_sums");
    text(multiply) = [field::source(multiply), sumcheck::source(), include_str!("round_sums.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings ProductRoundSumsBindings {
        /// The transcript's tape.
        tape: Read<F> as "array<vec4<u32>>",
        /// The pairs.
        pairs: Read<EF>,
        /// The pairs after folding.
        folded: Write<EF>,
        /// Two sums for each workgroup.
        sums: Write<EF>,
    }
    params ProductRoundSumsParams {
        /// A `SumcheckMode`.
        mode,
        /// Number of pairs before folding.
        n_pairs,
        /// Place of the challenge to fold at, in vectors of four words.
        u_place,
    }
    grid(params) = [params.n_workgroups(), 1, 1];
}

impl ProductRoundSumsParams {
    /// Workgroups, of which each leaves two sums.
    pub fn n_workgroups(&self) -> u32 {
        let pairs_per_thread = match self.mode == SumcheckMode::FoldAndEvaluate as u32 {
            true => 4,
            false => 2,
        };
        let [workgroup_size, ..] = ProductRoundSums::WORKGROUP_SIZE;
        let n_threads = self.n_pairs / pairs_per_thread;
        n_threads.div_ceil(workgroup_size).clamp(1, MAX_ROUND_SUMS)
    }
}
