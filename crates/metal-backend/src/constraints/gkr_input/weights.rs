//! What the sums of messages are multiplied with, for all traces in one buffer.

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    constraints::{
        air::InteractionPlan,
        statement::{Statement, Trace},
    },
    gpu::{Buffer, Gpu, GpuError},
    powers::powers,
};

/// The weights of numerators and denominators.
pub(super) struct InteractionWeights {
    /// First what numerators and denominators start from, 0 and alpha; then for each trace the norm
    /// factor for each numerator, and `beta^power` for each sum of a denominator.
    pub values: Buffer<EF>,
    /// By trace: where those of its numerators and denominators begin.
    pub starts: Vec<[usize; 2]>,
}

impl InteractionWeights {
    /// The weights for all traces.
    pub fn upload(
        gpu: &Gpu,
        statement: &Statement<'_>,
        [alpha, beta]: [EF; 2],
    ) -> Result<Self, GpuError> {
        let highest = statement
            .traces
            .iter()
            .flat_map(exponents)
            .max()
            .unwrap_or(0);
        let beta_powers = powers(beta, highest + 1);

        let mut values = vec![EF::ZERO, alpha];
        let mut starts = vec![];
        for trace in &statement.traces {
            let norm_factor = EF::from(trace.norm_factor(statement.l_skip));
            let numerators = values.len();
            values.resize(numerators + trace.air.n_interactions(), norm_factor);
            starts.push([numerators, values.len()]);
            values.extend(exponents(trace).map(|exponent| beta_powers[exponent]));
        }
        Ok(Self {
            values: gpu.upload(&values, "weights of interactions")?,
            starts,
        })
    }
}

/// The power of beta for each sum of the denominators.
fn exponents<'t>(trace: &'t Trace<'_>) -> impl Iterator<Item = usize> + 't {
    let plans = trace.air.interactions.iter();
    let weights = plans.flat_map(|InteractionPlan { plan, .. }| &plan.plan.message_weights);
    weights.map(|weight| weight.power as usize)
}
