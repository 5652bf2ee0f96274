//! The kernels of the stacked opening reduction, see [`crate::openings::stacked_reduction`].

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
mod weights;

use crate::gpu::{Gpu, GpuError, Multiply};
pub use combine::{Combine, CombineParams};
pub use eq::{EqTable, EqTableParams};
pub use extend::{Extend, ExtendParams};
pub use powers::{Powers, PowersParams};
pub use round0::{Round0, Round0Buffers, Round0Params};
pub use round0_sums::{Round0Sums, Round0SumsParams};
pub use round_sums::{RoundSums, RoundSumsParams};
pub use rounds::{Rounds, RoundsParams};
pub use skip_fold::{SkipFold, SkipFoldParams};
pub use slice_sums::{SliceSums, SliceSumsParams};
pub use weights::{Weights, WeightsParams};

/// The most workgroups of [`RoundSums`] that are worth adding up afterwards.
pub const MAX_SUMS: usize = 256;

/// What a pass of the sumcheck over its pairs does, as in the kernels' texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Sums up at X = 1 and X = 2.
    Evaluate = 0,
    /// Folds at the challenge before, then sums up.
    FoldAndEvaluate = 1,
    /// Folds only.
    Fold = 2,
    /// Takes the sums of [`RoundSums`].
    TakeSums = 3,
}

/// All kernels of the reduction, compiled.
#[expect(missing_docs, reason = "each is documented at its type")]
pub struct Kernels {
    pub combine: Combine,
    pub eq: EqTable,
    pub extend: Extend,
    pub powers: Powers,
    pub round0: Round0,
    pub round0_sums: Round0Sums,
    pub round_sums: RoundSums,
    pub rounds: Rounds,
    pub skip_fold: SkipFold,
    pub slice_sums: SliceSums,
    pub weights: Weights,
}

impl Kernels {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            combine: Combine::new(gpu)?,
            eq: EqTable::new(gpu)?,
            extend: Extend::new(gpu)?,
            powers: Powers::new(gpu)?,
            round0: Round0::new(gpu)?,
            round0_sums: Round0Sums::new(gpu)?,
            round_sums: RoundSums::new(gpu)?,
            rounds: Rounds::new(gpu)?,
            skip_fold: SkipFold::new(gpu)?,
            slice_sums: SliceSums::new(gpu)?,
            weights: Weights::new(gpu)?,
        })
    }
}

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let sources = [
        ("combine", combine::source(multiply)),
        ("eq", eq::source(multiply)),
        ("extend", extend::source(multiply)),
        ("powers", powers::source(multiply)),
        ("round0_sums", round0_sums::source(multiply)),
        ("round_sums", round_sums::source(multiply)),
        ("rounds", rounds::source(multiply)),
        ("skip_fold", skip_fold::source(multiply)),
        ("slice_sums", slice_sums::source(multiply)),
        ("weights", weights::source(multiply)),
    ];
    let sources = sources.into_iter().chain(round0::sources(multiply));
    let named = |(name, source)| (format!("stacked_reduction {name}"), source);
    sources.map(named).collect()
}
