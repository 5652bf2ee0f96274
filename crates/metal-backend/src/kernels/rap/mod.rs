//! The kernels of the batch constraints (the constraints of a randomized AIR with preprocessing, *RAP*).
//!
//! [`inputs`] fills the slots of a plan from base columns; [`VirtualColumns`] computes the slots that other
//! slots make; [`InteractionFold`] and [`RowSums`] evaluate the plan on them, with [`PlanWeights`], and
//! [`ReduceSums`] adds up what comes out. [`TraceFold`], [`ColumnFold`] and [`MleRound`] carry the
//! multilinear rounds on, and [`OpenColumns`] evaluates columns at the point they end with.

mod column_fold;
mod eq_tree;
pub mod expressions;
pub mod inputs;
mod interaction_fold;
mod mle_round;
mod open_columns;
mod pad_fractions;
mod plan_weights;
mod reduce_sums;
mod row_sums;
mod trace_fold;
mod virtual_columns;

use std::ops::RangeInclusive;

use crate::gpu::{KernelText, Multiply};
pub use column_fold::{ColumnFold, ColumnFoldBindings, ColumnFoldJob};
pub use eq_tree::{EqTree, EqTreeBindings, EqTreeParams};
pub use interaction_fold::{
    InteractionFold, InteractionFoldBindings, InteractionFoldJob, NumeratorFold,
    NumeratorFoldBindings,
};
pub use mle_round::{MleRound, MleRoundBindings, MleRoundParams, MAX_DEGREE};
pub use open_columns::{OpenColumns, OpenColumnsBindings, OpenJob};
pub use pad_fractions::{PadFractions, PadFractionsBindings, PadFractionsParams};
pub use plan_weights::{PlanWeights, PlanWeightsBindings, WeightJob};
pub use reduce_sums::{ReduceSums, ReduceSumsBindings, ReduceSumsParams, Run};
pub use row_sums::{RowSums, RowSumsBindings, RowSumsJob};
pub use trace_fold::{TraceFold, TraceFoldBindings, TraceFoldJob};
pub use virtual_columns::{VirtualColumns, VirtualColumnsBindings, VirtualColumnsJob};

/// The usual sizes of the skip domain, as logarithms.
const LISTED_LOG_SKIPS: RangeInclusive<usize> = 0..=6;

/// The size of the skip domain, for texts.
fn log_skip(l_skip: usize) -> String {
    format!("const LOG_SKIP: u32 = {l_skip}u;\n")
}

/// The most points of a round polynomial, and one, for texts.
fn max_points() -> String {
    format!("const MAX_POINTS: u32 = {}u;\n", MAX_DEGREE + 2)
}

/// The texts of all of them, of those for a skip domain of every usual size.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    let mut texts = texts_of_any_skip_domain(multiply);
    texts.extend(KernelText::all::<inputs::CosetInputs>(multiply));
    texts.extend(KernelText::all::<TraceFold>(multiply));
    texts.extend(KernelText::all::<OpenColumns>(multiply));
    texts
}

/// The texts for a skip domain of `2^l_skip` points.
pub fn texts_for(l_skip: usize, multiply: Multiply) -> Vec<KernelText> {
    let mut texts = texts_of_any_skip_domain(multiply);
    texts.push(KernelText::new::<inputs::CosetInputs>(multiply, l_skip));
    texts.push(KernelText::new::<TraceFold>(multiply, l_skip));
    texts.push(KernelText::new::<OpenColumns>(multiply, l_skip));
    texts
}

fn texts_of_any_skip_domain(multiply: Multiply) -> Vec<KernelText> {
    [
        KernelText::all::<VirtualColumns>(multiply),
        KernelText::all::<InteractionFold>(multiply),
        KernelText::all::<NumeratorFold>(multiply),
        KernelText::all::<RowSums>(multiply),
        KernelText::all::<inputs::RowInputs>(multiply),
        KernelText::all::<PadFractions>(multiply),
        KernelText::all::<PlanWeights>(multiply),
        KernelText::all::<EqTree>(multiply),
        KernelText::all::<ReduceSums>(multiply),
        KernelText::all::<ColumnFold>(multiply),
        KernelText::all::<MleRound>(multiply),
    ]
    .concat()
}
