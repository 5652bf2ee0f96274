//! The kernels of the stacked opening reduction.

mod combine;
mod eq;
mod extend;
mod powers;
mod round0;
mod round0_sums;
mod round_sums;
mod rounds;
mod skip_fold;
mod slice_sums;
mod sumcheck;
mod weights;

use crate::gpu::{KernelText, Multiply};
pub use combine::{CombineBindings, CombineJob, CombineParams, CombineSlices};
pub use eq::{EqTable, EqTableBindings, EqTableParams};
pub use extend::{ExtendBindings, ExtendPairs, ExtendParams, ExtendPiece, PairSource};
pub use powers::{LambdaPowers, LambdaPowersBindings, LambdaPowersParams};
pub use round0::{
    Round0Coefficients, Round0CoefficientsBindings, Round0Params, Round0Polynomial,
    Round0PolynomialBindings, Round0Scalars, Round0ScalarsBindings, Round0Values,
    Round0ValuesBindings, TermResults,
};
pub use round0_sums::{Round0Sums, Round0SumsBindings, Round0SumsParams, Round0Task};
pub use round_sums::{
    ProductRoundSums, ProductRoundSumsBindings, ProductRoundSumsParams, MAX_ROUND_SUMS,
};
pub use rounds::{ProductRounds, ProductRoundsBindings, ProductRoundsParams, ROUND_WORDS};
pub use skip_fold::{SkipFold, SkipFoldBindings, SkipFoldGroup, SkipFoldParams, NO_TERM};
pub use slice_sums::{SliceSums, SliceSumsBindings, SliceSumsJob, SliceSumsParams, SLICES_PER_JOB};
pub use sumcheck::SumcheckMode;
pub use weights::{SliceWeights, SliceWeightsBindings, SliceWeightsParams};

/// How a thread finds the row of a table that it belongs to, a library.
const SEARCH: &str = include_str!("search.wgsl");

/// The texts of the kernels.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    [
        KernelText::all::<CombineSlices>(multiply),
        KernelText::all::<EqTable>(multiply),
        KernelText::all::<ExtendPairs>(multiply),
        KernelText::all::<LambdaPowers>(multiply),
        KernelText::all::<Round0Values>(multiply),
        KernelText::all::<Round0Coefficients>(multiply),
        KernelText::all::<Round0Polynomial>(multiply),
        KernelText::all::<Round0Scalars>(multiply),
        KernelText::all::<Round0Sums>(multiply),
        KernelText::all::<ProductRoundSums>(multiply),
        KernelText::all::<ProductRounds>(multiply),
        KernelText::all::<SkipFold>(multiply),
        KernelText::all::<SliceSums>(multiply),
        KernelText::all::<SliceWeights>(multiply),
    ]
    .concat()
}
