//! The openings of all columns and their rotations at the point of the batch sumcheck.
//!
//! They are sums over the trace, weighted with the Lagrange polynomials at `r_0` and eq at the other
//! challenges. Upstream folds every column through all rounds instead, see `fold_ple_evals` and
//! `fold_mle_evals` in `prover/logup_zerocheck/cpu.rs`; here the rounds fold only what constraints
//! read, and a rotation costs no pass of its own.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{partial_sums::PartialSumsPlan, places::PointPlaces};
use crate::{
    constraints::{
        kernels::ConstraintKernels,
        statement::{Statement, Trace},
    },
    gpu::{word, Buffer, GpuError, Recorder},
    kernels::{
        jobs::{JobGroups, JobTable},
        rap::{EqTreeBindings, EqTreeParams, OpenColumnsBindings, OpenJob},
    },
    transcript::DeviceSponge,
};

/// Rows of a column that a workgroup adds up: enough to be worth its reduction, and few enough for a
/// tall trace of few columns to fill a GPU.
const LOG_GROUP_ROWS: usize = 15;

/// Records the openings, in the order of the proof: those of a part together, each column followed by
/// its rotation where the AIR has rotations, and the parts of all traces in the statement's order.
pub fn record(
    recorder: &mut Recorder<'_>,
    kernels: &ConstraintKernels,
    statement: &Statement<'_>,
    lagrange: &Buffer<EF>,
    (tape, point): (&DeviceSponge, PointPlaces),
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let eq = gpu.alloc(2 << statement.n_max, "eq at the challenges")?;
    let params = EqTreeParams {
        start: 0,
        first: point.first,
        step: point.step,
        n_coordinates: word(statement.n_max),
        is_of_last: 0,
    };
    let bindings = EqTreeBindings {
        xi: &tape.tape().words(),
        tree: &eq,
    };
    kernels.eq_tree.record(recorder, bindings, params);

    let mut plan = PartialSumsPlan::new(gpu);
    let mut n_openings = 0;
    let mut starts = vec![];
    for trace in &statement.traces {
        let n_groups = n_groups(statement, trace);
        starts.push(plan.place_runs(n_openings, trace.n_openings(), n_groups));
        n_openings += trace.n_openings();
    }
    let reduction = plan.end_reduction();
    let shares = plan.alloc(gpu)?;
    let mut by_buffer = JobGroups::default();
    for (trace, start) in statement.traces.iter().zip(starts) {
        let n_chunks = 1 << trace.n_lift;
        let n_groups = n_groups(statement, trace);
        let mut first_opening = 0;
        for block in (0..trace.parts.len()).flat_map(|part| trace.column_blocks(part)) {
            let job = OpenJob {
                source_start: word(block.values.start),
                height: 1 << trace.log_height,
                n_columns: word(block.columns.len()),
                n_chunks,
                group_len: n_chunks / word(n_groups),
                n_groups: word(n_groups),
                first_share: word(start + first_opening * n_groups),
                per_column: word(trace.openings_per_column()),
            };
            first_opening += block.columns.len() * trace.openings_per_column();
            by_buffer.push(block.values.buffer, job);
        }
    }
    let mut jobs = JobTable::default();
    let by_buffer = by_buffer.plan(&mut jobs);
    let jobs = jobs.upload(gpu)?;
    for (columns, range) in by_buffer {
        let bindings = OpenColumnsBindings {
            columns: &columns,
            eq: &eq,
            lagrange,
            shares: &shares.partials,
            jobs: &jobs,
        };
        kernels.open_columns.record(recorder, bindings, range);
    }
    let openings = gpu.alloc(n_openings.max(1), "column openings")?;
    shares.reduce(recorder, &kernels.reduce_sums, &openings, reduction);
    Ok(openings)
}

/// The openings of each trace by part.
pub fn by_part(statement: &Statement<'_>, openings: &[EF]) -> Vec<Vec<Vec<EF>>> {
    let mut rest = openings;
    let mut take = |n: usize| {
        let (taken, left) = rest.split_at(n);
        rest = left;
        taken.to_vec()
    };
    let mut of_trace = |trace: &Trace<'_>| {
        let parts = trace.parts.iter();
        parts
            .map(|(_, columns)| take(columns.width() * trace.openings_per_column()))
            .collect()
    };
    statement.traces.iter().map(&mut of_trace).collect()
}

/// Groups of chunks that a column is cut into, a power of two.
fn n_groups(statement: &Statement<'_>, trace: &Trace<'_>) -> usize {
    let log_chunks = LOG_GROUP_ROWS.saturating_sub(statement.l_skip);
    1 << trace.n_lift.saturating_sub(log_chunks)
}
