//! A row of values that need no storage: each is a hash of what it stands for.

use std::hash::{DefaultHasher, Hash, Hasher};

use openvm_metal_backend::internals::{constraints::compile::Input, trace_part::TracePart};
use openvm_stark_backend::{
    air_builders::symbolic::{
        symbolic_expression::SymbolicEvaluator,
        symbolic_variable::{Entry, SymbolicVariable},
    },
    p3_field::{BasedVectorSpace, Field, PrimeCharacteristicRing},
};

use crate::airs::F;

/// Base elements or extension elements.
pub trait Value: Field + BasedVectorSpace<F> + From<F> {}

impl<E: Field + BasedVectorSpace<F> + From<F>> Value for E {}

/// The row number `seed` of every trace there is.
#[derive(Clone, Copy)]
pub struct Row {
    pub seed: u64,
    /// Number of cached parts, after which upstream counts the common one.
    pub n_cached: usize,
}

impl Row {
    /// The value of `input`; one in four is 0, 1 or -1. A public value is a base element.
    pub fn value<E: Value>(&self, input: Input) -> E {
        match input {
            Input::PublicValue(_) => E::from(self.coefficient(input, 0)),
            _ => E::from_basis_coefficients_fn(|i| self.coefficient(input, i)),
        }
    }

    fn coefficient(&self, input: Input, index: usize) -> F {
        let mut hasher = DefaultHasher::new();
        (self.seed, input, index).hash(&mut hasher);
        let hash = hasher.finish();
        match hash >> 60 {
            0 => F::ZERO,
            1 | 2 => F::ONE,
            3 => F::NEG_ONE,
            _ => F::from_u64(hash),
        }
    }
}

impl<E: Value> SymbolicEvaluator<F, E> for Row {
    fn eval_const(&self, constant: F) -> E {
        E::from(constant)
    }

    fn eval_var(&self, variable: SymbolicVariable<F>) -> E {
        let column = variable.index as u32;
        self.value(match variable.entry {
            Entry::Preprocessed { offset } => Input::Column {
                part: TracePart::Preprocessed,
                next: offset == 1,
                column,
            },
            Entry::Main { part_index, offset } => {
                let is_common = part_index == self.n_cached;
                let part = if is_common {
                    TracePart::Common
                } else {
                    TracePart::Cached(part_index as u32)
                };
                Input::Column {
                    part,
                    next: offset == 1,
                    column,
                }
            }
            Entry::Public => Input::PublicValue(column),
            Entry::Challenge => unreachable!("upstream has no challenges in constraints"),
        })
    }

    fn eval_is_first_row(&self) -> E {
        self.value(Input::IsFirstRow)
    }

    fn eval_is_last_row(&self) -> E {
        self.value(Input::IsLastRow)
    }

    fn eval_is_transition(&self) -> E {
        self.value(Input::IsTransition)
    }
}
