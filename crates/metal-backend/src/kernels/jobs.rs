//! Dispatches over several jobs, each with workgroups of its own: what is too small to fill a GPU by
//! itself runs beside others.
//!
//! What a job reads and writes is a row of a table. The rows of all dispatches of a stage are planned
//! first and uploaded once; `jobs.wgsl` finds the row of a workgroup.

use super::flat_grid;
use crate::gpu::{Buffer, Gpu, GpuError};

/// How a workgroup finds its job, and the parameters of a dispatch.
pub(crate) const TEXT: &str = concat!(
    "struct Params {\n    first_job: u32,\n    n_jobs: u32,\n}\nvar<immediate> params: Params;\n",
    include_str!("jobs.wgsl")
);

/// How a workgroup finds its job, where the parameters of a dispatch are more than its jobs.
pub(crate) const SEARCH: &str = include_str!("jobs.wgsl");

/// What one kernel is to do to one piece of data.
pub trait Job {
    /// Its row, without the first workgroup.
    fn row(&self) -> Vec<u32>;

    /// Number of its workgroups.
    fn n_workgroups(&self) -> u64;
}

/// The jobs of a kernel in a stage, while they are planned.
#[derive(Debug, Default)]
pub struct JobTable {
    words: Vec<u32>,
    n_jobs: u32,
    open: JobRange,
}

/// The jobs of one dispatch.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobRange {
    first: u32,
    count: u32,
    n_workgroups: u64,
}

impl JobTable {
    /// Adds a job to the dispatch that is being planned; nothing if there is nothing to do.
    pub fn push(&mut self, job: &impl Job) {
        if job.n_workgroups() == 0 {
            return;
        }
        self.words.push(self.open.n_workgroups as u32);
        self.words.extend(job.row());
        self.n_jobs += 1;
        self.open.count += 1;
        self.open.n_workgroups += job.n_workgroups();
    }

    /// Ends the dispatch that is being planned.
    pub fn end_dispatch(&mut self) -> JobRange {
        let next = JobRange {
            first: self.n_jobs,
            ..JobRange::default()
        };
        std::mem::replace(&mut self.open, next)
    }

    /// The table on the device.
    pub fn upload(&self, gpu: &Gpu) -> Result<Buffer<u32>, GpuError> {
        // A binding is never empty.
        let words = match self.words.is_empty() {
            true => &[0][..],
            false => &self.words,
        };
        gpu.upload(words, "jobs")
    }
}

/// Jobs by what else a dispatch has but one of, such as a buffer that it reads.
#[derive(Debug)]
pub struct JobGroups<K, J>(Vec<(K, Vec<J>)>);

impl<K, J> Default for JobGroups<K, J> {
    fn default() -> Self {
        Self(vec![])
    }
}

impl<K: PartialEq, J: Job> JobGroups<K, J> {
    /// Adds a job.
    pub fn push(&mut self, key: K, job: J) {
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some((_, jobs)) => jobs.push(job),
            None => self.0.push((key, vec![job])),
        }
    }

    /// A dispatch for each key, in the order in which they came.
    pub fn plan(self, table: &mut JobTable) -> Vec<(K, JobRange)> {
        let groups = self.0.into_iter();
        groups
            .map(|(key, jobs)| {
                jobs.iter().for_each(|job| table.push(job));
                (key, table.end_dispatch())
            })
            .collect()
    }
}

impl JobRange {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The parameters of the dispatch.
    pub(crate) fn params(&self) -> [u32; 2] {
        [self.first, self.count]
    }

    /// Its workgroups, counted along x first. Those that the grid has beyond fall to the last job.
    pub(crate) fn grid(&self) -> [u32; 3] {
        flat_grid(self.n_workgroups, 1)
    }
}

/// Declares the jobs of a kernel; the text is that of a row of the table.
macro_rules! kernel_job {
    ($($declaration:tt)*) => {
        $crate::kernels::kernel_words! {
            "struct Job {\n    first_workgroup: u32,\n", "}\n", $($declaration)*
        }
    };
}
pub(crate) use kernel_job;

#[cfg(test)]
mod tests {
    use super::*;

    struct Workgroups(u64);

    impl Job for Workgroups {
        fn row(&self) -> Vec<u32> {
            vec![100 + self.0 as u32]
        }

        fn n_workgroups(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn jobs_begin_where_those_before_them_end() {
        let mut table = JobTable::default();
        for n in [3, 0, 1] {
            table.push(&Workgroups(n));
        }
        let first = table.end_dispatch();
        let empty = table.end_dispatch();
        table.push(&Workgroups(2));
        let last = table.end_dispatch();

        assert_eq!(table.words, [0, 103, 3, 101, 0, 102]);
        assert_eq!((first.params(), first.grid()), ([0, 2], [4, 1, 1]));
        assert!(empty.is_empty() && !first.is_empty());
        assert_eq!((last.params(), last.grid()), ([2, 1], [2, 1, 1]));
    }
}
