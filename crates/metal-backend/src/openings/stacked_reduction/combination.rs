//! How the first pass is cut: bands of rows for memory, jobs of slices for threads.

use crate::gpu::word;
use std::ops::Range;

use super::plan::StackedReductionPlan;
use crate::kernels::stacked_reduction::CombineJob;

/// Cells of a job's row that one thread adds up: few enough to fill the largest GPUs, and so many
/// that the sums are small beside the cells.
const MIN_SLICES_PER_JOB: usize = 16;
const TARGET_THREADS: usize = 1 << 19;

/// Slices of one run that are combined by the same threads.
#[derive(Clone, Copy, Debug)]
struct RunJob {
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
    /// What is combined.
    pub plan: &'a StackedReductionPlan,
    jobs: Vec<RunJob>,
    /// Jobs of each group.
    pub n_jobs: Vec<usize>,
    band_rows: usize,
}

/// A range of the rows of all groups' combinations.
#[derive(Clone, Debug)]
pub struct RowBand {
    /// Its rows.
    pub rows: Range<usize>,
    /// Sums that its jobs write.
    pub n_sums: usize,
    /// Its rows, group by group.
    pub parts: Vec<GroupRows>,
}

/// The rows of one group in a band.
#[derive(Clone, Debug)]
pub struct GroupRows {
    /// Number of the group.
    pub group: usize,
    /// First row in the group.
    pub first_row: usize,
    /// Number of rows.
    pub n_rows: usize,
    /// Place of the first job's first sum.
    pub first_sum: usize,
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
    /// The jobs.
    pub jobs: Vec<CombineJob>,
}

impl<'a> Combination<'a> {
    /// Cuts the first pass of `plan`, so that no buffer is larger than `max_bytes` if possible.
    pub fn new(plan: &'a StackedReductionPlan, max_bytes: u64) -> Self {
        let cells = plan
            .runs
            .iter()
            .map(|run| run.n_slices * plan.len(&plan.groups[run.group]));
        let slices_per_job = (cells.sum::<usize>() / TARGET_THREADS).max(MIN_SLICES_PER_JOB);
        let mut n_jobs = vec![0; plan.groups.len()];
        let mut jobs = Vec::new();
        for (number, run) in plan.runs.iter().enumerate() {
            for first in (0..run.n_slices).step_by(slices_per_job) {
                jobs.push(RunJob {
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
        let is_too_large = |band: &RowBand| {
            let n_elements = band.n_sums.max(band.rows.len());
            (n_elements * size_of::<[u32; 4]>()) as u64 > max_bytes
        };
        while cut.band_rows > plan.skip_size() && cut.bands().iter().any(is_too_large) {
            cut.band_rows /= 2;
        }
        cut
    }

    /// The bands, which cover all rows. Each begins with the first element of the skip domain.
    pub fn bands(&self) -> Vec<RowBand> {
        let n_rows = self.plan.n_rows();
        let starts = (0..n_rows).step_by(self.band_rows);
        starts
            .map(|start| self.band(start..(start + self.band_rows).min(n_rows)))
            .collect()
    }

    fn band(&self, rows: Range<usize>) -> RowBand {
        let mut n_sums = 0;
        let mut parts = Vec::new();
        for (number, group) in self.plan.groups.iter().enumerate() {
            let first = rows.start.max(group.start);
            let end = rows.end.min(group.start + self.plan.len(group));
            if first < end {
                parts.push(GroupRows {
                    group: number,
                    first_row: first - group.start,
                    n_rows: end - first,
                    first_sum: n_sums,
                });
                n_sums += (end - first) * self.n_jobs[number];
            }
        }
        RowBand {
            rows,
            n_sums,
            parts,
        }
    }

    /// The jobs of a band, piece by piece.
    pub fn piece_jobs(&self, band: &RowBand) -> Vec<PieceJobs> {
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
                    jobs: Vec::new(),
                });
            }
            if let Some(piece) = pieces.last_mut() {
                let first_cell = run.first_cell + job.first * self.plan.len(group) + part.first_row;
                piece.jobs.push(CombineJob {
                    first_thread: word(piece.n_threads),
                    first_cell: word(first_cell),
                    log_len: word(self.plan.log_skip + group.n_vars),
                    first_slice: word(run.first_slice + job.first),
                    n_slices: word(job.n_slices),
                    first_sum: word(part.first_sum + job.number * part.n_rows),
                });
                piece.n_threads += part.n_rows;
            }
        }
        pieces
    }
}
