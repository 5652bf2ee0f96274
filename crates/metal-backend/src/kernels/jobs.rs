//! Dispatches over several jobs, each with workgroups of its own: what is too small to fill a GPU by
//! itself runs beside others.
//!
//! A job is a row of a table, declared with `row!`, behind the workgroup that it begins with. The rows of
//! all dispatches of a stage are planned first and uploaded once; `jobs.wgsl` finds the row of a
//! workgroup.

use crate::gpu::{flat_grid, word, Buffer, Element, Gpu, GpuError, JobRow, Params};

/// How a workgroup finds its job, for texts whose binding `jobs` is the table.
pub(crate) const TEXT: &str = include_str!("jobs.wgsl");

/// What one kernel is to do to one piece of data.
pub trait Job: Element + Default {
    /// Number of its workgroups.
    fn n_workgroups(&self) -> u64;
}

/// The jobs of a kernel in a stage, while they are planned.
#[derive(Debug)]
pub struct JobTable<J> {
    rows: Vec<JobRow<J>>,
    open: JobRange,
}

/// The jobs of one dispatch, which are its parameters.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobRange {
    first: u32,
    count: u32,
    n_workgroups: u64,
}

impl<J> Default for JobTable<J> {
    fn default() -> Self {
        Self {
            rows: vec![],
            open: JobRange::default(),
        }
    }
}

impl<J: Job> JobTable<J> {
    /// Adds a job to the dispatch that is being planned; nothing if there is nothing to do.
    pub fn push(&mut self, job: J) {
        let n_workgroups = job.n_workgroups();
        if n_workgroups == 0 {
            return;
        }
        self.rows.push(JobRow {
            first_workgroup: word(self.open.n_workgroups),
            job,
        });
        self.open.count += 1;
        self.open.n_workgroups += n_workgroups;
    }

    /// Ends the dispatch that is being planned.
    pub fn end_dispatch(&mut self) -> JobRange {
        let next = JobRange {
            first: word(self.rows.len()),
            ..JobRange::default()
        };
        std::mem::replace(&mut self.open, next)
    }

    /// The table on the device.
    pub fn upload(&self, gpu: &Gpu) -> Result<Buffer<JobRow<J>>, GpuError> {
        // A binding is never empty.
        let nothing = [JobRow {
            first_workgroup: 0,
            job: J::default(),
        }];
        let rows = match self.rows.is_empty() {
            true => &nothing[..],
            false => &self.rows,
        };
        gpu.upload(rows, "jobs")
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
    pub fn plan(self, table: &mut JobTable<J>) -> Vec<(K, JobRange)> {
        let groups = self.0.into_iter();
        groups
            .map(|(key, jobs)| {
                jobs.into_iter().for_each(|job| table.push(job));
                (key, table.end_dispatch())
            })
            .collect()
    }
}

impl JobRange {
    /// Its workgroups, counted along x first. Those that the grid has beyond fall to the last job.
    pub fn grid(&self) -> [u32; 3] {
        flat_grid(self.n_workgroups, 1)
    }
}

impl Params for JobRange {
    const WGSL: &'static str =
        "struct Params {\n    first_job: u32,\n    n_jobs: u32,\n}\nvar<immediate> params: Params;\n";
    const N_WORDS: usize = 2;

    fn words(&self) -> Vec<u32> {
        vec![self.first, self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::row;

    row! {
        /// As many workgroups as it says.
        pub struct Workgroups as "Job" {
            /// How many.
            n_workgroups,
        }
    }

    impl Job for Workgroups {
        fn n_workgroups(&self) -> u64 {
            self.n_workgroups.into()
        }
    }

    #[test]
    fn jobs_begin_where_those_before_them_end() {
        let mut table = JobTable::default();
        for n_workgroups in [3, 0, 1] {
            table.push(Workgroups { n_workgroups });
        }
        let first = table.end_dispatch();
        let empty = table.end_dispatch();
        table.push(Workgroups { n_workgroups: 2 });
        let last = table.end_dispatch();

        let rows = table.rows.iter();
        let rows: Vec<_> = rows
            .map(|row| (row.first_workgroup, row.job.n_workgroups))
            .collect();
        assert_eq!(rows, [(0, 3), (3, 1), (0, 2)]);
        assert_eq!((first.words(), first.grid()), (vec![0, 2], [4, 1, 1]));
        assert_eq!(empty.grid()[0], 0);
        assert_eq!((last.words(), last.grid()), (vec![2, 1], [2, 1, 1]));
    }
}
