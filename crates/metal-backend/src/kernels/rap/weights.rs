//! `weights.wgsl`: what the sums of plans are multiplied with.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{
        field,
        jobs::{self, kernel_job, Job, JobRange},
    },
};

const WORKGROUP_SIZE: u64 = 256;

kernel_job! {
    /// The weights of one trace's plan.
    WeightJob {
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
    fn row(&self) -> Vec<u32> {
        self.words()
    }

    fn n_workgroups(&self) -> u64 {
        let counts = [self.n_constraints, self.n_interactions, self.n_elements];
        counts
            .map(u64::from)
            .iter()
            .sum::<u64>()
            .div_ceil(WORKGROUP_SIZE)
    }
}

/// Name and text of the kernel.
pub fn source(multiply: Multiply) -> (String, String) {
    let text = [
        WeightJob::WGSL,
        jobs::TEXT,
        field::source(multiply),
        include_str!("weights.wgsl"),
    ];
    ("weights".to_owned(), text.concat())
}

/// The kernel.
pub struct Weights(Arc<Pipeline>);

impl Weights {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let (name, text) = source(gpu.multiply());
        Ok(Self(gpu.pipeline(&name, text)?))
    }

    /// Writes the weights of plans with their elements in `plans`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        plans: &Buffer<u32>,
        [factors, weights]: [&Buffer<EF>; 2],
        (jobs, range): (&Buffer<u32>, JobRange),
    ) {
        if range.is_empty() {
            return;
        }
        let bindings = [
            plans.binding(),
            factors.binding(),
            weights.binding(),
            jobs.binding(),
        ];
        recorder.dispatch(&self.0, &bindings, &range.params(), range.grid());
    }
}
