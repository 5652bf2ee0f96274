//! How the sums over the hypercube are cut into tasks of workgroups.

use crate::gpu::word;
use std::ops::Range;

use super::{
    combination::{Combination, GroupRows, RowBand},
    univariate::{has_step, Term},
};
use crate::kernels::stacked_reduction::{Round0Task, TermResults};

/// Rows of a task: at least a workgroup, at most what a workgroup does in short time.
const TASK_ROWS: Range<usize> = 256..1 << 14;
/// Number of tasks to aim at.
const TARGET_TASKS: usize = 256;

/// The sums over the hypercube, as the kernels take them.
#[derive(Debug)]
pub struct Round0Tasks {
    /// The tasks of each band.
    pub by_band: Vec<Vec<Round0Task>>,
    /// Number of tasks in all bands, each of which has a result.
    pub n_tasks: usize,
    /// The results of each term.
    pub terms: Vec<TermResults>,
}

impl Round0Tasks {
    /// The tasks for `terms` in the bands of `combination`; the results that belong to a term are
    /// numbered consecutively.
    pub fn new(combination: &Combination<'_>, bands: &[RowBand], terms: &[Term]) -> Self {
        let plan = combination.plan;
        let task_rows = (plan.n_rows() / TARGET_TASKS).next_power_of_two();
        let task_rows = task_rows.clamp(TASK_ROWS.start, TASK_ROWS.end);
        let task_rows = task_rows.max(plan.skip_size());
        let mut tasks = Self {
            by_band: vec![Vec::new(); bands.len()],
            n_tasks: 0,
            terms: Vec::new(),
        };
        let mut stepping = TermResults::default();
        for term in terms.iter().filter(|term| **term != Term::Step) {
            let first = tasks.n_tasks;
            for (number, band) in bands.iter().enumerate() {
                let of_term =
                    |part: &&GroupRows| Term::of_group(plan, &plan.groups[part.group]) == *term;
                for part in band.parts.iter().filter(of_term) {
                    for row in (0..part.n_rows).step_by(task_rows) {
                        let rows = row..(row + task_rows).min(part.n_rows);
                        let task = Round0Task {
                            result: word(tasks.n_tasks),
                            ..task(combination, band, part, rows)
                        };
                        tasks.by_band[number].push(task);
                        tasks.n_tasks += 1;
                    }
                }
            }
            let results = TermResults {
                first: word(first),
                n_results: word(tasks.n_tasks - first),
                part: 0,
            };
            tasks.terms.push(results);
            let with_step = Term::Claims {
                log_height: plan.log_skip,
                needs_rot: true,
            };
            if *term == with_step {
                stepping = TermResults { part: 1, ..results };
            }
        }
        if terms.contains(&Term::Step) {
            tasks.terms.push(stepping);
        }
        tasks
    }
}

/// The task for some rows of a group in a band, but for the number of its result.
fn task(
    combination: &Combination<'_>,
    band: &RowBand,
    part: &GroupRows,
    rows: Range<usize>,
) -> Round0Task {
    let plan = combination.plan;
    let group = &plan.groups[part.group];
    let first_row = part.first_row + rows.start;
    Round0Task {
        first_row: word(group.start + first_row - band.rows.start),
        n_rows: word(rows.len()),
        first_sum: word(part.first_sum + rows.start),
        n_jobs: word(combination.n_jobs[part.group]),
        job_stride: word(part.n_rows),
        cube_size: 1 << group.n_vars,
        first_x: word(first_row >> plan.log_skip),
        has_step: has_step(group).into(),
        result: 0,
    }
}
