//! The kernels of the claims as polynomials in the skip variable `Z`, for round 0.
//!
//! With `D` the skip domain, `N = |D|`, `D'` its subgroup of `N' = min(N, 2^log_height)` elements with
//! generator `omega'`, and `y = r_0^(N / N')`, upstream's kernels (`poly_common.rs`) are
//!
//! - of a claim, `in(Z) eq_D'(Z, y)`: the coefficient of `Z^m` is `y^(-m mod N') / N`;
//! - of a claim about the rotation, as long as it stays inside the domain, the same with `omega' y`;
//! - of the step from one point of the hypercube to the next, `eq_D(Z, 1) eq_D(1, omega r_0)`, whose
//!   coefficients are all equal.

use openvm_stark_backend::{
    p3_field::{Field, PrimeCharacteristicRing, TwoAdicField},
    poly_common::eval_eq_uni_at_one,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::plan::{SliceGroup, StackedReductionPlan};

/// One term of the round polynomial: a kernel, and the groups whose sums it multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// The claims of traces of this height, or, for `log_height == log_skip`, of all higher ones.
    Claims {
        /// Logarithm of the height, at most that of the skip domain.
        log_height: usize,
        /// Whether there are claims about the rotations.
        needs_rot: bool,
    },
    /// What rotations that leave the skip domain add, for all traces higher than it.
    Step,
}

impl Term {
    /// The terms of a plan.
    pub fn of_plan(plan: &StackedReductionPlan) -> Vec<Self> {
        let mut terms: Vec<_> = plan
            .groups
            .iter()
            .map(|group| Self::of_group(plan, group))
            .collect();
        // Equal terms are not all beside each other where heights alternate.
        let mut seen = Vec::new();
        terms.retain(|term| {
            let is_new = !seen.contains(term);
            seen.push(*term);
            is_new
        });
        if plan.groups.iter().any(has_step) {
            terms.push(Self::Step);
        }
        terms
    }

    /// The term of a group's claims.
    pub fn of_group(plan: &StackedReductionPlan, group: &SliceGroup) -> Self {
        Self::Claims {
            log_height: group.log_height.min(plan.log_skip),
            needs_rot: group.needs_rot,
        }
    }

    /// Coefficients of the kernel: those without lambda, then those of lambda.
    pub fn kernel(self, log_skip: usize, r_0: EF) -> Vec<EF> {
        let size = 1 << log_skip;
        let inverse_size = F::from_usize(size).inverse();
        match self {
            Self::Claims {
                log_height,
                needs_rot,
            } => {
                let y = r_0.exp_power_of_2(log_skip - log_height);
                let inverse_mod = |m: usize| (m.wrapping_neg() & ((1 << log_height) - 1)) as u64;
                let claim = |m| y.exp_u64(inverse_mod(m)) * inverse_size;
                let omega = F::two_adic_generator(log_height);
                let rotation = |m| match needs_rot {
                    true => claim(m) * omega.exp_u64(inverse_mod(m)),
                    false => EF::ZERO,
                };
                (0..size)
                    .map(claim)
                    .chain((0..size).map(rotation))
                    .collect()
            }
            Self::Step => {
                let omega = F::two_adic_generator(log_skip);
                let step = eval_eq_uni_at_one(log_skip, r_0 * omega) * inverse_size;
                [vec![EF::ZERO; size], vec![step; size]].concat()
            }
        }
    }
}

/// Whether rotations of the group's columns leave the skip domain.
pub fn has_step(group: &SliceGroup) -> bool {
    group.needs_rot && group.n_vars > 0
}
