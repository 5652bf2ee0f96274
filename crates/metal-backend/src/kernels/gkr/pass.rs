//! `pass.wgsl`: folds a block of a large layer, and sums it for the next two rounds.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{Numerators, EXTENSION_PRODUCT, GRID, SUMS, TILES, WORKGROUP_SIZE};
use crate::{gpu::kernel, kernels::field};

/// What a pass reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassInput {
    /// The layer itself, in its first pass.
    Layer(Numerators),
    /// What the pass before has summed, which is folded with the challenges of that pass's rounds.
    PassBefore(Numerators),
}

impl PassInput {
    /// Every input.
    pub const ALL: [Self; 4] = [
        Self::Layer(Numerators::Base),
        Self::Layer(Numerators::Extension),
        Self::PassBefore(Numerators::Base),
        Self::PassBefore(Numerators::Extension),
    ];

    /// The field of the numerators that are summed.
    fn summed(self) -> Numerators {
        match self {
            Self::Layer(numerators) => numerators,
            Self::PassBefore(_) => Numerators::Extension,
        }
    }

    /// How elements are read, and kept.
    fn elements(self) -> String {
        let fold = match self {
            Self::Layer(_) => return include_str!("pass_layer.wgsl").into(),
            Self::PassBefore(Numerators::Base) => include_str!("fold_base.wgsl"),
            Self::PassBefore(Numerators::Extension) => include_str!("fold_extension.wgsl"),
        };
        [include_str!("pass_folded.wgsl"), fold].join("\n")
    }
}

kernel! {
    /// Sums a block of a pass over a large layer, folded first unless the block is of the layer itself.
    pub struct GkrPass("gkr_pass");
    text(multiply, input: PassInput, of PassInput::ALL) = [
        field::source(multiply),
        TILES,
        input.summed().text(),
        SUMS,
        GRID,
        input.elements(),
        include_str!("pass.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings GkrPassBindings {
        /// Numerators of the block.
        p_source: Read<F> as "array<SourceNumerator>",
        /// Its denominators.
        q_source: Read<EF>,
        /// Numerators of the block that it is folded to; untouched if it is not.
        p_target: Write<F> as "array<vec4<u32>>",
        /// Its denominators.
        q_target: Write<EF>,
        /// The tables of eq.
        eq: Read<EF>,
        /// Lambda and the challenges.
        tape: Read<F> as "array<vec4<u32>>",
        /// Nine sums for each workgroup.
        partials: Write<EF> as "array<Grid>",
    }
    params GkrPassParams {
        /// Points of the block after folding, with four pairs of fractions each.
        n_points,
        /// The number of its first point in the layer.
        first_point,
        /// Where the first folded fraction goes in the target.
        target_offset,
        /// Place of the layer's lambda on the tape.
        lambda_at,
        /// Place of the first challenge to fold with; the second is four further. Unused in a layer's first pass.
        r_at,
        /// Bits of a point's number that select from the lower table.
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
    work(params) = 80 * EXTENSION_PRODUCT * u64::from(params.n_points.div_ceil(params.n_groups * WORKGROUP_SIZE));
}
