//! The weights of the batch sumcheck's sums, and the values of eq that rows are weighted with.

use std::collections::BTreeMap;

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    constraints::{
        kernels::ConstraintKernels,
        statement::{Statement, Trace},
    },
    gpu::{word, Buffer, GpuError, Recorder},
    kernels::{
        jobs::{JobGroups, JobTable},
        rap::{EqTreeBindings, EqTreeParams, PlanWeightsBindings, WeightJob},
    },
    powers::powers,
    transcript::sponge::to_word,
};

/// The challenges before round 0.
#[derive(Clone, Debug)]
pub struct Challenges {
    /// Combines the elements of a message.
    pub beta: EF,
    /// The point of the GKR claim, continued to `l_skip + max(n_max, n_logup)` coordinates.
    pub xi: Vec<EF>,
    /// Combines the constraints.
    pub lambda: EF,
}

/// What the sums of all traces' plans are multiplied with, and eq on their hypercubes.
#[derive(Debug)]
pub struct BatchWeights {
    /// By trace: `lambda^i` for its constraints, then `eq(xi_3, b_i)` times the norm factor for its
    /// numerators, then `eq(xi_3, b_i) beta^power` for its denominators.
    pub values: Buffer<EF>,
    /// By trace: where its weights of the constraints, of the numerators and of the denominators begin.
    pub starts: Vec<[usize; 3]>,
    /// For each number of variables that traces have, a tree of eq.
    pub eq: Buffer<EF>,
    eq_starts: BTreeMap<usize, usize>,
}

impl BatchWeights {
    /// Records the computation of the weights and of eq.
    pub fn record(
        recorder: &mut Recorder<'_>,
        kernels: &ConstraintKernels,
        statement: &Statement<'_>,
        challenges: &Challenges,
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let mut factors = Factors::new(statement, challenges);
        let (mut starts, mut len) = (vec![], 0);
        let mut by_table = JobGroups::default();
        for (i, trace) in statement.traces.iter().enumerate() {
            let job = factors.job(statement, i, &challenges.xi, len);
            let denominators = len + (job.n_constraints + job.n_interactions) as usize;
            starts.push([len, len + job.n_constraints as usize, denominators]);
            len = denominators + job.n_elements as usize;
            by_table.push(&trace.air.all.table, job);
        }
        let mut jobs = JobTable::default();
        let by_table = by_table.plan(&mut jobs);
        let (jobs, factors) = (jobs.upload(gpu)?, gpu.upload(&factors.values, "factors")?);
        // A binding is never empty.
        let values = gpu.alloc(len.max(1), "weights")?;
        for (plans, range) in by_table {
            let bindings = PlanWeightsBindings {
                plans,
                factors: &factors,
                weights: &values,
                jobs: &jobs,
            };
            kernels.plan_weights.record(recorder, bindings, range);
        }

        let xi: Vec<_> = challenges.xi.iter().copied().chain([EF::ZERO]).collect();
        let xi = gpu.upload(&xi, "xi")?.words();
        let (mut eq_starts, mut eq_len) = (BTreeMap::new(), 0);
        for n in statement.traces.iter().map(|trace| trace.n_lift) {
            eq_starts.entry(n).or_insert_with(|| {
                let start = eq_len;
                eq_len += 2 << n;
                start
            });
        }
        let eq = gpu.alloc(eq_len.max(1), "values of eq")?;
        for (&n, &start) in &eq_starts {
            let params = EqTreeParams {
                start: word(start),
                first: word(statement.l_skip),
                step: 1,
                n_coordinates: word(n),
                is_of_last: 1,
            };
            let bindings = EqTreeBindings { xi: &xi, tree: &eq };
            kernels.eq_tree.record(recorder, bindings, params);
        }
        Ok(Self {
            values,
            starts,
            eq,
            eq_starts,
        })
    }

    /// Where the tree of eq for the `n_lift` variables of `trace` begins; its level of the last `k`
    /// variables begins `2^k` further.
    pub fn eq_start(&self, trace: &Trace<'_>) -> usize {
        self.eq_starts[&trace.n_lift]
    }
}

/// What the weights are products of: as many powers of lambda and of beta as any trace needs, and eq of
/// the interactions of all traces.
struct Factors {
    values: Vec<EF>,
    beta_start: usize,
}

impl Factors {
    /// The powers.
    fn new(statement: &Statement<'_>, challenges: &Challenges) -> Self {
        let traces = || statement.traces.iter();
        let n_constraints = traces().map(|trace| trace.air.n_constraints()).max();
        let elements = traces().flat_map(|trace| &trace.air.all.plan.message_weights);
        let longest = elements.map(|weight| weight.power).max().unwrap_or(0);
        let mut values = powers(challenges.lambda, n_constraints.unwrap_or(0));
        let beta_start = values.len();
        values.extend(powers(challenges.beta, longest as usize + 1));
        Self { values, beta_start }
    }

    /// Adds eq of the interactions of a trace; returns what its weights are, from place `start` on.
    fn job(
        &mut self,
        statement: &Statement<'_>,
        index: usize,
        xi: &[EF],
        start: usize,
    ) -> WeightJob {
        let trace = &statement.traces[index];
        let plan = &trace.air.all;
        let eq_start = self.values.len();
        let interactions = statement.interaction_starts(index);
        self.values
            .extend(interaction_eq(statement, trace, interactions, xi));
        WeightJob {
            n_constraints: word(trace.air.n_constraints()),
            n_interactions: word(interactions.len()),
            n_elements: word(plan.plan.message_weights.len()),
            elements_start: word(plan.elements_start),
            lambda_start: 0,
            beta_start: word(self.beta_start),
            eq_start: word(eq_start),
            norm_factor: to_word(trace.norm_factor(statement.l_skip)),
            weights_start: word(start),
        }
    }
}

/// `eq(xi_3, b)` of each interaction of a trace: `b` are the bits of its place in the input layer
/// above those of a row, `xi_3` the coordinates that belong to them.
fn interaction_eq(
    statement: &Statement<'_>,
    trace: &Trace<'_>,
    starts: &[usize],
    xi: &[EF],
) -> Vec<EF> {
    let first = statement.l_skip + trace.n_lift;
    let end = (statement.l_skip + statement.n_logup).max(first);
    // At i the factors of the coordinates from `first + i` on. Interactions follow each other, so most
    // of them differ from the one before in the lowest bits alone.
    let mut products = vec![EF::ONE; end - first + 1];
    let mut last = None;
    let mut eq = |&start: &usize| {
        let changed = last.map_or(usize::MAX, |last: usize| last ^ start) >> first;
        let n_changed = (usize::BITS - changed.leading_zeros()) as usize;
        for i in (0..n_changed.min(end - first)).rev() {
            let x = xi[first + i];
            let factor = match start >> (first + i) & 1 {
                0 => EF::ONE - x,
                _ => x,
            };
            products[i] = products[i + 1] * factor;
        }
        last = Some(start);
        products[0]
    };
    starts.iter().map(&mut eq).collect()
}
