//! The weights of the folds, those of all traces in one buffer.

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::Interactions;
use crate::{
    gpu::{Buffer, Gpu, GpuError},
    kernels::rap::expressions::FoldWeights,
    powers::powers,
};

/// What the sums of the plans are multiplied with.
pub(super) struct Weights {
    /// First what numerators and denominators start from, 0 and alpha; then for each trace the norm
    /// factor for each numerator, and `beta^power` for each sum of a denominator.
    values: Buffer<EF>,
    /// Where those of each trace's numerators and denominators begin.
    starts: Vec<[usize; 2]>,
}

impl Weights {
    /// The weights for `all` traces with interactions.
    pub(super) fn upload(
        gpu: &Gpu,
        all: &[Interactions<'_>],
        l_skip: usize,
        [alpha, beta]: [EF; 2],
    ) -> Result<Self, GpuError> {
        let highest = all.iter().flat_map(exponents).max().unwrap_or(0);
        let beta_powers = powers(beta, highest + 1);

        let mut values = vec![EF::ZERO, alpha];
        let mut starts = vec![];
        for interactions in all {
            let norm_factor = EF::from(interactions.trace.norm_factor(l_skip));
            let n_numerators = interactions.plan.numerators.count();
            let numerators = values.len();
            values.resize(numerators + n_numerators, norm_factor);
            starts.push([numerators, values.len()]);
            values.extend(exponents(interactions).map(|exponent| beta_powers[exponent]));
        }
        Ok(Self {
            values: gpu.upload(&values, "weights of interactions")?,
            starts,
        })
    }

    /// Those of the numerators and of the denominators of trace `i` of `all`.
    pub(super) fn of(&self, i: usize) -> [FoldWeights<'_>; 2] {
        let of_fold = |fold: usize| FoldWeights {
            values: &self.values,
            first: self.starts[i][fold],
            initial: fold,
        };
        [0, 1].map(of_fold)
    }
}

/// The power of beta for each sum of the denominators.
fn exponents<'a>(interactions: &Interactions<'a>) -> impl Iterator<Item = usize> + use<'a> {
    let weights = &interactions.plan.plan.plan.message_weights;
    weights.iter().map(|weight| weight.power as usize)
}
