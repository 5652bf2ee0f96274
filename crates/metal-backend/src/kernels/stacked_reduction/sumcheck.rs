//! `sumcheck.wgsl`: a pass over the pairs of a product sumcheck, a library.

/// What a pass of the sumcheck over its pairs does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumcheckMode {
    /// Sums up at X = 1 and X = 2.
    Evaluate = 0,
    /// Folds at the challenge before, then sums up.
    FoldAndEvaluate = 1,
    /// Folds only.
    Fold = 2,
    /// Takes the sums of [`ProductRoundSums`](super::ProductRoundSums).
    TakeSums = 3,
}

/// The library's text.
pub(super) fn source() -> String {
    let modes = [
        ("EVALUATE", SumcheckMode::Evaluate),
        ("FOLD_AND_EVALUATE", SumcheckMode::FoldAndEvaluate),
        ("FOLD", SumcheckMode::Fold),
        ("TAKE_SUMS", SumcheckMode::TakeSums),
    ];
    let constant = |(name, mode)| format!("const {name}: u32 = {}u;\n", mode as u32);
    modes.map(constant).concat() + include_str!("sumcheck.wgsl")
}
