//! All kernels of the batch-constraint stages.

use super::compile::kernel::Form;
use crate::{
    gpu::{Gpu, GpuError},
    kernels::rap::{
        expressions::{Expressions, Folds},
        inputs::Inputs,
        openings::Openings,
        rounds::Rounds,
        sums::Sums,
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
            sums: Sums::new(gpu)?,
            rounds: Rounds::new(gpu, l_skip)?,
            openings: Openings::new(gpu, l_skip)?,
        })
    }

    /// Compiles the kernels ahead of the first proof, all at once.
    ///
    /// A kernel that does not compile is reported by the stage that needs it.
    pub(crate) fn compile(gpu: &Gpu, l_skip: usize) {
        std::thread::scope(|scope| {
            scope.spawn(|| Expressions::new(gpu, Form::Base).is_ok());
            scope.spawn(|| Expressions::new(gpu, Form::Extension).is_ok());
            scope.spawn(|| Folds::new(gpu, Form::Base).is_ok());
            scope.spawn(|| Inputs::new(gpu, l_skip).is_ok());
            scope.spawn(|| Sums::new(gpu).is_ok());
            scope.spawn(|| Openings::new(gpu, l_skip).is_ok());
            Rounds::new(gpu, l_skip).is_ok()
        });
    }
}
