//! The weights of the batch sumcheck's folds, and the values of eq that rows are weighted with.

use std::collections::BTreeMap;

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    kernels::Kernels,
    statement::{Statement, Trace},
};
use crate::{
    gpu::{Buffer, GpuError, Recorder},
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
    /// Computes the weights, and records the computation of eq.
    pub fn record(
        recorder: &mut Recorder<'_>,
        kernels: &Kernels,
        statement: &Statement<'_>,
        challenges: &Challenges,
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let (mut values, mut starts) = (vec![], vec![]);
        let powers = Powers::new(statement, challenges);
        for (i, trace) in statement.traces.iter().enumerate() {
            let interactions = statement.interaction_starts(i);
            let eq = interaction_eq(statement, trace, &interactions, &challenges.xi);
            starts.push(push_weights(&mut values, statement, trace, &eq, &powers));
        }
        // A binding is never empty.
        values.push(EF::ZERO);

        let xi: Vec<_> = challenges.xi.iter().copied().chain([EF::ZERO]).collect();
        let xi = gpu.upload(&xi, "xi")?;
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
                start: start as u32,
                first: statement.l_skip as u32,
                step: 1,
                n_coordinates: n as u32,
                is_of_last: 1,
            };
            kernels.sums.record_eq_tree(recorder, &xi, &eq, params);
        }
        Ok(Self {
            values: gpu.upload(&values, "weights")?,
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

/// As many powers as any trace needs.
struct Powers {
    lambda: Vec<EF>,
    beta: Vec<EF>,
}

impl Powers {
    fn new(statement: &Statement<'_>, challenges: &Challenges) -> Self {
        let traces = || statement.traces.iter();
        let n_constraints = traces().map(|trace| trace.air.n_constraints()).max();
        let messages = traces().flat_map(|trace| &trace.air.all.plan.message_weights);
        let longest = messages.map(|weight| weight.power).max().unwrap_or(0);
        Self {
            lambda: challenges
                .lambda
                .powers()
                .take(n_constraints.unwrap_or(0))
                .collect(),
            beta: challenges
                .beta
                .powers()
                .take(longest as usize + 1)
                .collect(),
        }
    }
}

/// Adds the weights of a trace; returns where those of each kind begin. `eq` is that of its interactions.
fn push_weights(
    values: &mut Vec<EF>,
    statement: &Statement<'_>,
    trace: &Trace<'_>,
    eq: &[EF],
    powers: &Powers,
) -> [usize; 3] {
    let norm_factor = trace.norm_factor(statement.l_skip);
    let constraints = values.len();
    values.extend(&powers.lambda[..trace.air.n_constraints()]);
    let numerators = values.len();
    values.extend(eq.iter().map(|&eq| eq * norm_factor));
    let denominators = values.len();
    let messages = &trace.air.all.plan.message_weights;
    values.extend(
        messages
            .iter()
            .map(|weight| eq[weight.interaction as usize] * powers.beta[weight.power as usize]),
    );
    [constraints, numerators, denominators]
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
