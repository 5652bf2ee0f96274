//! All kernels of the batch-constraint stages.

use super::compile::kernel::Form;
use crate::{
    gpu::{Gpu, GpuError},
    kernels::rap::{expressions::Expressions, inputs::Inputs, rounds::Rounds, sums::Sums},
};

/// The kernels for one `l_skip`.
pub struct Kernels {
    /// Plans on base elements.
    pub base: Expressions,
    /// Plans on extension elements.
    pub extension: Expressions,
    /// From traces to slots.
    pub inputs: Inputs,
    /// Sums over rows.
    pub sums: Sums,
    /// The multilinear rounds.
    pub rounds: Rounds,
}

impl Kernels {
    /// The kernels, compiled unless they have been before.
    pub fn new(gpu: &Gpu, l_skip: usize) -> Result<Self, GpuError> {
        Ok(Self {
            base: Expressions::new(gpu, Form::Base)?,
            extension: Expressions::new(gpu, Form::Extension)?,
            inputs: Inputs::new(gpu, l_skip)?,
            sums: Sums::new(gpu)?,
            rounds: Rounds::new(gpu)?,
        })
    }

    /// Compiles the kernels ahead of the first proof, all at once.
    ///
    /// A kernel that does not compile is reported by the stage that needs it.
    pub(crate) fn compile(gpu: &Gpu, l_skip: usize) {
        std::thread::scope(|scope| {
            scope.spawn(|| Expressions::new(gpu, Form::Base).is_ok());
            scope.spawn(|| Expressions::new(gpu, Form::Extension).is_ok());
            scope.spawn(|| Inputs::new(gpu, l_skip).is_ok());
            scope.spawn(|| Sums::new(gpu).is_ok());
            Rounds::new(gpu).is_ok()
        });
    }
}
