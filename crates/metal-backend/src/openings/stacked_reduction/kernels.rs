//! The stage's kernels.

use crate::{
    gpu::{Gpu, GpuError, Kernel},
    kernels::stacked_reduction::{
        CombineSlices, EqTable, ExtendPairs, LambdaPowers, ProductRoundSums, ProductRounds,
        Round0Coefficients, Round0Polynomial, Round0Scalars, Round0Sums, Round0Values, SkipFold,
        SliceSums, SliceWeights,
    },
};

/// The kernels of the reduction, compiled. Each is documented at its type.
pub struct StackedReductionKernels {
    pub combine: Kernel<CombineSlices>,
    pub eq: Kernel<EqTable>,
    pub extend: Kernel<ExtendPairs>,
    pub powers: Kernel<LambdaPowers>,
    pub round0_sums: Kernel<Round0Sums>,
    pub round0_values: Kernel<Round0Values>,
    pub round0_coefficients: Kernel<Round0Coefficients>,
    pub round0_polynomial: Kernel<Round0Polynomial>,
    pub round0_scalars: Kernel<Round0Scalars>,
    pub round_sums: Kernel<ProductRoundSums>,
    pub rounds: Kernel<ProductRounds>,
    pub skip_fold: Kernel<SkipFold>,
    pub slice_sums: Kernel<SliceSums>,
    pub weights: Kernel<SliceWeights>,
}

impl StackedReductionKernels {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            combine: Kernel::new(gpu)?,
            eq: Kernel::new(gpu)?,
            extend: Kernel::new(gpu)?,
            powers: Kernel::new(gpu)?,
            round0_sums: Kernel::new(gpu)?,
            round0_values: Kernel::new(gpu)?,
            round0_coefficients: Kernel::new(gpu)?,
            round0_polynomial: Kernel::new(gpu)?,
            round0_scalars: Kernel::new(gpu)?,
            round_sums: Kernel::new(gpu)?,
            rounds: Kernel::new(gpu)?,
            skip_fold: Kernel::new(gpu)?,
            slice_sums: Kernel::new(gpu)?,
            weights: Kernel::new(gpu)?,
        })
    }
}
