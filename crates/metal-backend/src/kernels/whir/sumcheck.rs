//! `sumcheck.wgsl`: folds by a challenge, and sums for the next round polynomial.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{gpu::kernel, gpu::word, kernels::field};

const WORKGROUP_SIZE: usize = 256;
/// Enough to fill a large GPU, and few enough for one workgroup to add up.
const MAX_WORKGROUPS: usize = 1024;
/// Values that the workgroups may leave.
pub const MAX_PARTIALS: usize = 2 * MAX_WORKGROUPS;

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumcheckStep {
    /// Adds up `s(1)` and `s(2)`; writes neither the polynomial nor the weights.
    Sums,
    /// Folds by a challenge, and adds up what is left. A point's weights are not written.
    FoldAndSums,
    /// Folds by a challenge. For a point's weights, the last step.
    Fold,
}

/// The weights of the coefficients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumcheckWeights {
    /// A vector, which a fold halves.
    Stored,
    /// Those of a point, as tables.
    OfPoint,
}

kernel! {
    /// A round of sumcheck over a polynomial over the extension and the weights of its coefficients.
    pub struct WhirSumcheck("whir sumcheck");
    text(multiply, variant: (SumcheckWeights, SumcheckStep), of variants()) = [
        variant.1.constants(),
        field::source(multiply),
        include_str!("sumcheck.wgsl"),
        variant.0.text(),
    ];
    workgroup_size = [WORKGROUP_SIZE as u32, 1, 1];
    bindings WhirSumcheckBindings {
        /// The polynomial's first two base columns, or all four.
        f_in: Read<F>,
        /// Has the other two.
        f_in_high: Read<F>,
        /// The folded polynomial, as four base columns.
        f_out: Write<F>,
        /// The folded weights.
        weights_out: Write<EF>,
        /// The tape.
        tape: Read<F> as "array<vec4<u32>>",
        /// The workgroups' parts of `s(1)` and `s(2)`.
        partials: Write<EF>,
        /// The weights, or the tables that `point_weights.wgsl` describes.
        weights_in: Read<EF>,
    }
    params WhirSumcheckParams {
        /// Number of workgroups.
        n_groups,
        /// Length of the polynomial and of the weights before the step.
        len,
        /// Where the third column begins in the second buffer.
        third_column,
        /// Place of the challenge on the tape.
        alpha_place,
        /// Of a point's weights: number of variables that are fixed after the step.
        n_fixed,
        /// Number of coordinates that the lower tables are of.
        log_low,
        /// Number of variables that are fixed after all steps.
        n_coordinates,
        /// Place of the first challenge.
        challenge_place,
        /// From one challenge to the next.
        challenge_stride,
    }
    grid(params) = [params.n_groups, 1, 1];
}

fn variants() -> impl Iterator<Item = (SumcheckWeights, SumcheckStep)> {
    let steps = [
        SumcheckStep::Sums,
        SumcheckStep::FoldAndSums,
        SumcheckStep::Fold,
    ];
    let weights = [SumcheckWeights::Stored, SumcheckWeights::OfPoint].into_iter();
    weights.flat_map(move |weights| steps.map(|step| (weights, step)))
}

impl SumcheckStep {
    /// Whether it folds.
    pub fn folds(self) -> bool {
        self != Self::Sums
    }

    /// Number of workgroups for a polynomial of length `len` before the step.
    pub fn n_groups(self, len: usize) -> u32 {
        let n_items = match self {
            Self::Sums | Self::Fold => len / 2,
            Self::FoldAndSums => len / 4,
        };
        word(n_items.div_ceil(WORKGROUP_SIZE).clamp(1, MAX_WORKGROUPS))
    }

    fn constants(self) -> String {
        let (folds, sums) = (self.folds(), self != Self::Fold);
        format!("const FOLDS: bool = {folds};\nconst SUMS: bool = {sums};\n")
    }
}

impl SumcheckWeights {
    fn text(self) -> &'static str {
        match self {
            Self::Stored => include_str!("stored_weights.wgsl"),
            Self::OfPoint => include_str!("point_weights.wgsl"),
        }
    }
}
