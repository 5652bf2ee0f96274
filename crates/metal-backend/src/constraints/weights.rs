//! The weights of the batch sumcheck's folds, and the values of eq that rows are weighted with.

use std::collections::BTreeMap;

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    kernels::Kernels,
    statement::{Statement, Trace},
};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Recorder},
    kernels::rap::sums::EqTreeParams,
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

/// What the sums of a trace's plan are multiplied with: `lambda^i` for its constraints, then
/// `eq(xi_3, b_i)` times the norm factor for its numerators, then `eq(xi_3, b_i) beta^power` for its
/// denominators.
#[derive(Debug)]
pub struct Weights {
    /// All of them, and a zero, as a binding is never empty.
    pub values: Buffer<EF>,
    /// Where those of the numerators and of the denominators begin.
    pub starts: [usize; 2],
}

/// The weights of all traces, and eq on their hypercubes.
#[derive(Debug)]
pub struct BatchWeights {
    /// By trace.
    pub traces: Vec<Weights>,
    eq_trees: BTreeMap<usize, Buffer<EF>>,
}

impl BatchWeights {
    /// Computes the weights, and records the computation of eq.
    pub fn record(
        recorder: &mut Recorder<'_>,
        kernels: &Kernels,
        statement: &Statement<'_>,
        challenges: &Challenges,
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let n_constraints = statement
            .traces
            .iter()
            .map(|trace| trace.air.n_constraints());
        let lambda_powers = challenges
            .lambda
            .powers()
            .take(n_constraints.max().unwrap_or(0));
        let lambda_powers: Vec<_> = lambda_powers.collect();
        let traces = statement.traces.iter().enumerate().map(|(i, trace)| {
            let starts = statement.interaction_starts(i);
            let eq = interaction_eq(statement, trace, &starts, &challenges.xi);
            let lambda_powers = &lambda_powers[..trace.air.n_constraints()];
            Weights::new(
                gpu,
                lambda_powers,
                statement.l_skip,
                trace,
                &eq,
                challenges.beta,
            )
        });
        let traces = traces.collect::<Result<_, _>>()?;

        // A binding is never empty.
        let xi: Vec<_> = challenges.xi.iter().copied().chain([EF::ZERO]).collect();
        let xi = gpu.upload(&xi, "xi")?;
        let mut eq_trees = BTreeMap::new();
        for n in statement.traces.iter().map(|trace| trace.n_lift) {
            if eq_trees.contains_key(&n) {
                continue;
            }
            let tree = gpu.alloc(2 << n, "values of eq")?;
            let params = EqTreeParams {
                first: statement.l_skip as u32,
                step: 1,
                n_coordinates: n as u32,
                is_of_last: 1,
            };
            kernels.sums.record_eq_tree(recorder, &xi, &tree, params);
            eq_trees.insert(n, tree);
        }
        Ok(Self { traces, eq_trees })
    }

    /// The tree of eq for the `n_lift` variables of `trace`; its level of the last `k` variables
    /// begins at `2^k`.
    pub fn eq_tree(&self, trace: &Trace<'_>) -> &Buffer<EF> {
        &self.eq_trees[&trace.n_lift]
    }
}

impl Weights {
    fn new(
        gpu: &Gpu,
        lambda_powers: &[EF],
        l_skip: usize,
        trace: &Trace<'_>,
        eq: &[EF],
        beta: EF,
    ) -> Result<Self, GpuError> {
        let norm_factor = trace.norm_factor(l_skip);
        let numerators = eq.iter().map(|&eq| eq * norm_factor);
        let weights = &trace.air.all.plan.message_weights;
        let longest = weights.iter().map(|weight| weight.power).max().unwrap_or(0);
        let beta_powers: Vec<_> = beta.powers().take(longest as usize + 1).collect();
        let denominators = weights
            .iter()
            .map(|weight| eq[weight.interaction as usize] * beta_powers[weight.power as usize]);
        let mut values = lambda_powers.to_vec();
        values.extend(numerators);
        let starts = [lambda_powers.len(), values.len()];
        values.extend(denominators);
        values.push(EF::ZERO);
        Ok(Self {
            values: gpu.upload(&values, "weights")?,
            starts,
        })
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
    let end = statement.l_skip + statement.n_logup;
    let eq = |start: &usize| {
        let factor = |i: usize| match start >> i & 1 {
            0 => EF::ONE - xi[i],
            _ => xi[i],
        };
        (first..end).map(factor).product()
    };
    starts.iter().map(eq).collect()
}
