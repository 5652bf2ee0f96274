//! How the first pass is cut: bands of rows for memory, jobs of slices for threads.

use std::ops::Range;

use super::{
    plan::{Group, Plan},
    univariate::{has_step, Term},
};

/// Cells of a job's row that one thread adds up: few enough to fill the largest GPUs, and so many
/// that the sums are small beside the cells.
const MIN_SLICES_PER_JOB: usize = 16;
const TARGET_THREADS: usize = 1 << 19;
/// Rows of a task of `round0_sums`: at least a workgroup, at most what a workgroup does in short time.
const TASK_ROWS: Range<usize> = 256..1 << 14;
/// Number of tasks to aim at.
const TARGET_TASKS: usize = 256;

/// Slices of one run that are combined by the same threads.
#[derive(Clone, Copy, Debug)]
struct Job {
    /// Number of the run.
    run: usize,
    /// First slice in it.
    first: usize,
    n_slices: usize,
    /// Number of the job among those of its group.
    number: usize,
}

/// The jobs and the bands.
#[derive(Debug)]
pub struct Combination<'a> {
    plan: &'a Plan,
    jobs: Vec<Job>,
    /// Jobs of each group.
    n_jobs: Vec<usize>,
    band_rows: usize,
}

/// A range of the rows of all groups' combinations.
#[derive(Clone, Debug)]
pub struct Band {
    /// Its rows.
    pub rows: Range<usize>,
    /// Sums that its jobs write.
    pub n_sums: usize,
    parts: Vec<Part>,
}

/// The rows of one group in a band.
#[derive(Clone, Debug)]
struct Part {
    group: usize,
    /// First row in the group.
    first_row: usize,
    n_rows: usize,
    /// Place of the first job's first sum.
    first_sum: usize,
}

/// The jobs of one piece of a stacked matrix in a band, as the kernel takes them.
#[derive(Debug)]
pub struct PieceJobs {
    /// Number of the commitment.
    pub commitment: usize,
    /// Number of the piece.
    pub piece: usize,
    /// Rows of all jobs together.
    pub n_threads: usize,
    /// Eight words a job.
    pub words: Vec<u32>,
}

impl<'a> Combination<'a> {
    /// Cuts the first pass of `plan`, so that no buffer is larger than `max_bytes` if possible.
    pub fn new(plan: &'a Plan, max_bytes: u64) -> Self {
        let cells = plan
            .runs
            .iter()
            .map(|run| run.n_slices * plan.len(&plan.groups[run.group]));
        let slices_per_job = (cells.sum::<usize>() / TARGET_THREADS).max(MIN_SLICES_PER_JOB);
        let mut n_jobs = vec![0; plan.groups.len()];
        let mut jobs = Vec::new();
        for (number, run) in plan.runs.iter().enumerate() {
            for first in (0..run.n_slices).step_by(slices_per_job) {
                jobs.push(Job {
                    run: number,
                    first,
                    n_slices: slices_per_job.min(run.n_slices - first),
                    number: n_jobs[run.group],
                });
                n_jobs[run.group] += 1;
            }
        }
        let mut cut = Self {
            plan,
            jobs,
            n_jobs,
            band_rows: plan.n_rows().next_power_of_two(),
        };
        let is_too_large = |band: &Band| {
            let n_elements = band.n_sums.max(band.rows.len());
            (n_elements * size_of::<[u32; 4]>()) as u64 > max_bytes
        };
        while cut.band_rows > plan.skip_size() && cut.bands().iter().any(is_too_large) {
            cut.band_rows /= 2;
        }
        cut
    }

    /// The bands, which cover all rows. Each begins with the first element of the skip domain.
    pub fn bands(&self) -> Vec<Band> {
        let n_rows = self.plan.n_rows();
        let starts = (0..n_rows).step_by(self.band_rows);
        starts
            .map(|start| self.band(start..(start + self.band_rows).min(n_rows)))
            .collect()
    }

    fn band(&self, rows: Range<usize>) -> Band {
        let mut n_sums = 0;
        let mut parts = Vec::new();
        for (number, group) in self.plan.groups.iter().enumerate() {
            let first = rows.start.max(group.start);
            let end = rows.end.min(group.start + self.plan.len(group));
            if first < end {
                parts.push(Part {
                    group: number,
                    first_row: first - group.start,
                    n_rows: end - first,
                    first_sum: n_sums,
                });
                n_sums += (end - first) * self.n_jobs[number];
            }
        }
        Band {
            rows,
            n_sums,
            parts,
        }
    }

    /// The jobs of a band, piece by piece.
    pub fn piece_jobs(&self, band: &Band) -> Vec<PieceJobs> {
        let mut pieces: Vec<PieceJobs> = Vec::new();
        for job in &self.jobs {
            let run = self.plan.runs[job.run];
            let Some(part) = band.parts.iter().find(|part| part.group == run.group) else {
                continue;
            };
            let group = &self.plan.groups[run.group];
            let is_same = |last: &&mut PieceJobs| {
                (last.commitment, last.piece) == (run.commitment, run.piece)
            };
            if pieces.last_mut().filter(is_same).is_none() {
                pieces.push(PieceJobs {
                    commitment: run.commitment,
                    piece: run.piece,
                    n_threads: 0,
                    words: Vec::new(),
                });
            }
            if let Some(jobs) = pieces.last_mut() {
                let first_cell = run.first_cell + job.first * self.plan.len(group) + part.first_row;
                let words = [
                    jobs.n_threads,
                    first_cell,
                    self.plan.log_skip + group.n_vars,
                    run.first_slice + job.first,
                    job.n_slices,
                    part.first_sum + job.number * part.n_rows,
                    0,
                    0,
                ];
                jobs.words.extend(words.map(|word| word as u32));
                jobs.n_threads += part.n_rows;
            }
        }
        pieces
    }
}

/// The sums over the hypercube, as the kernels take them.
#[derive(Debug)]
pub struct Tasks {
    /// For each band, twelve words a task.
    pub by_band: Vec<Vec<u32>>,
    /// Number of tasks in all bands.
    pub n_tasks: usize,
    /// Four words a term.
    pub terms: Vec<u32>,
}

impl Combination<'_> {
    /// The tasks for `terms`; the results that belong to a term are numbered consecutively.
    pub fn tasks(&self, bands: &[Band], terms: &[Term]) -> Tasks {
        let plan = self.plan;
        let task_rows = (plan.n_rows() / TARGET_TASKS).next_power_of_two();
        let task_rows = task_rows.clamp(TASK_ROWS.start, TASK_ROWS.end);
        let task_rows = task_rows.max(plan.skip_size());
        let mut tasks = Tasks {
            by_band: vec![Vec::new(); bands.len()],
            n_tasks: 0,
            terms: Vec::new(),
        };
        let mut stepping = 0..0;
        for term in terms.iter().filter(|term| **term != Term::Step) {
            let first_task = tasks.n_tasks;
            for (band, words) in bands.iter().zip(&mut tasks.by_band) {
                let of_term =
                    |part: &&Part| Term::of_group(plan, &plan.groups[part.group]) == *term;
                for part in band.parts.iter().filter(of_term) {
                    let group = &plan.groups[part.group];
                    for row in (0..part.n_rows).step_by(task_rows) {
                        let n_rows = task_rows.min(part.n_rows - row);
                        let at = Place {
                            row: group.start + part.first_row + row - band.rows.start,
                            first_sum: part.first_sum + row,
                            x: (part.first_row + row) >> plan.log_skip,
                        };
                        let n_jobs = self.n_jobs[part.group];
                        words.extend(at.words(group, [n_rows, n_jobs, part.n_rows, tasks.n_tasks]));
                        tasks.n_tasks += 1;
                    }
                }
            }
            let n_tasks = tasks.n_tasks - first_task;
            tasks
                .terms
                .extend([first_task as u32, n_tasks as u32, 0, 0]);
            let with_step = Term::Claims {
                log_height: plan.log_skip,
                needs_rot: true,
            };
            if *term == with_step {
                stepping = first_task..tasks.n_tasks;
            }
        }
        if terms.contains(&Term::Step) {
            tasks
                .terms
                .extend([stepping.start as u32, stepping.len() as u32, 1, 0]);
        }
        tasks
    }
}

/// Where a task begins.
struct Place {
    row: usize,
    first_sum: usize,
    x: usize,
}

impl Place {
    fn words(&self, group: &Group, [n_rows, n_jobs, stride, number]: [usize; 4]) -> [u32; 12] {
        let has_step = usize::from(has_step(group));
        let place = [self.row, n_rows, self.first_sum, n_jobs];
        let shape = [stride, 1 << group.n_vars, self.x, has_step];
        let words = [place, shape, [number, 0, 0, 0]];
        let mut flat = [0; 12];
        for (flat, word) in flat.iter_mut().zip(words.as_flattened()) {
            *flat = *word as u32;
        }
        flat
    }
}
