//! `plan_weights.wgsl`: what the sums of plans are multiplied with.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{kernel, row, JobRow},
    kernels::{
        field,
        jobs::{self, Job, JobRange},
    },
};

const WORKGROUP_SIZE: u32 = 256;

row! {
    /// The weights of one trace's plan.
    pub struct WeightJob as "Job" {
        /// Number of constraints.
        n_constraints,
        /// Number of interactions.
        n_interactions,
        /// Number of elements of messages.
        n_elements,
        /// Place of the elements in the plan's table, each an interaction and a power.
        elements_start,
        /// Place of the powers of lambda among the factors.
        lambda_start,
        /// Place of the powers of beta.
        beta_start,
        /// Place of the first interaction's eq.
        eq_start,
        /// The trace's norm factor, a base element.
        norm_factor,
        /// Place of the first weight.
        weights_start,
    }
}

impl Job for WeightJob {
    fn n_workgroups(&self) -> u64 {
        let counts = [self.n_constraints, self.n_interactions, self.n_elements];
        let n_weights: u64 = counts.map(u64::from).iter().sum();
        n_weights.div_ceil(WORKGROUP_SIZE.into())
    }
}

kernel! {
    /// Writes the weights of plans.
    pub struct PlanWeights("plan_weights");
    text(multiply) = [field::source(multiply), jobs::TEXT, include_str!("plan_weights.wgsl")];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings PlanWeightsBindings {
        /// The tables of plans, with the elements of their messages.
        plans: Read<u32>,
        /// Powers of lambda and of beta, and eq of interactions.
        factors: Read<EF>,
        /// The weights.
        weights: Write<EF>,
        /// The stage's jobs.
        jobs: Read<JobRow<WeightJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}
