//! All kernels of the batch-constraint stages.

use std::sync::Arc;

use super::compile::kernel::Form;
use crate::{
    gpu::{Gpu, GpuError, KernelText, Multiply},
    kernels::{
        gkr,
        rap::{
            expressions::{self, Expressions, Folds},
            inputs::{self, Inputs},
            openings::{self, Openings},
            rounds::{self, Rounds},
            sums::{self, Sums},
            weights::{self, Weights},
        },
    },
};

/// The kernels for one `l_skip`.
pub struct Kernels {
    /// Plans on base elements.
    pub base: Expressions,
    /// Plans on extension elements.
    pub extension: Expressions,
    /// Plans on base elements, all rows kept apart.
    pub folds: Folds,
    /// From traces to slots.
    pub inputs: Inputs,
    /// Weights of the sums.
    pub weights: Weights,
    /// Sums over rows.
    pub sums: Sums,
    /// The multilinear rounds.
    pub rounds: Rounds,
    /// Columns at the point the rounds end with.
    pub openings: Openings,
}

impl Kernels {
    /// The kernels, compiled unless they have been before.
    pub fn new(gpu: &Gpu, l_skip: usize) -> Result<Self, GpuError> {
        Ok(Self {
            base: Expressions::new(gpu, Form::Base)?,
            extension: Expressions::new(gpu, Form::Extension)?,
            folds: Folds::new(gpu, Form::Base)?,
            inputs: Inputs::new(gpu, l_skip)?,
            weights: Weights::new(gpu)?,
            sums: Sums::new(gpu)?,
            rounds: Rounds::new(gpu, l_skip)?,
            openings: Openings::new(gpu, l_skip)?,
        })
    }

    /// The kernels, made at the first call: their texts alone are long.
    pub(super) fn of(gpu: &Gpu, l_skip: usize) -> Result<Arc<Self>, GpuError> {
        gpu.memo(l_skip, || Self::new(gpu, l_skip).map(Arc::new))
    }

    /// The texts of the kernels, those of the fractional sumcheck only `with_interactions`.
    pub(crate) fn texts(
        l_skip: usize,
        with_interactions: bool,
        multiply: Multiply,
    ) -> Vec<KernelText> {
        let mut sources = expressions::sources(multiply);
        sources.extend(inputs::sources_for(l_skip, multiply));
        sources.extend(sums::sources(multiply));
        sources.push(weights::source(multiply));
        sources.extend(rounds::sources_for(l_skip, multiply));
        sources.push(openings::source_for(l_skip, multiply));
        let mut texts: Vec<_> = sources.into_iter().map(KernelText::undeclared).collect();
        if with_interactions {
            texts.extend(gkr::texts(multiply));
        }
        texts
    }
}
