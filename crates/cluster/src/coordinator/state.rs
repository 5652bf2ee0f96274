//! How far a proof is: the one place that knows, and decides. It does nothing by itself.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use bytes::Bytes;
use openvm_metal_sdk::Tree;

use super::statement::Ends;
use crate::{
    error::Error,
    hash::Hash,
    job::{Job, Outcome, Report},
    names::JobName,
};

pub(super) struct State {
    jobs: BTreeMap<JobName, JobState>,
    /// Of jobs that are not known yet: the proof goes on from an earlier run.
    early: BTreeMap<JobName, Vec<Report>>,
    tree: Option<Tree<Hash>>,
    n_segments: usize,
    all_found: bool,
    ends: BTreeMap<usize, Ends>,
    root: Option<Bytes>,
    last_segment: Option<Bytes>,
    /// Wrong proofs of each worker.
    wrong: BTreeMap<String, usize>,
    limits: Limits,
}

/// When to lose patience.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a worker may be silent before its job is given to another.
    pub ack_wait: Duration,
    /// Failures of a job, by different workers if there are others, that end the proof.
    pub failures: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ack_wait: Duration::from_secs(10),
            failures: 3,
        }
    }
}

/// Wrong proofs after which a worker goes last for every job.
const WRONG_PROOFS: usize = 2;

/// However few the workers, a job is not tried more often than this many times the failures that end a proof.
const ROUNDS: usize = 3;

struct JobState {
    job: Job,
    proven: Option<(Hash, Bytes)>,
    results: VecDeque<Result>,
    is_checked: bool,
    failures: Vec<(String, String)>,
    /// When to look whether it is in the queue.
    publish_at: Instant,
    /// Since when no worker has said that it has it.
    unheld_since: Instant,
}

/// A proof that was not checked yet.
#[derive(Clone, Debug)]
pub(super) struct Result {
    pub(super) job: JobName,
    pub(super) worker: String,
    pub(super) proof: Hash,
    pub(super) traced: Duration,
    pub(super) proven: Duration,
    pub(super) is_last: bool,
}

impl State {
    pub(super) fn new(tree: Option<Tree<Hash>>, limits: Limits) -> Self {
        Self {
            jobs: BTreeMap::new(),
            early: BTreeMap::new(),
            tree,
            n_segments: 0,
            all_found: false,
            ends: BTreeMap::new(),
            root: None,
            last_segment: None,
            wrong: BTreeMap::new(),
            limits,
        }
    }

    /// A job that can be done from now on.
    pub(super) fn add_job(&mut self, job: Job) {
        let (name, now) = (job.name(), Instant::now());
        if matches!(job, Job::Segment { .. }) {
            self.n_segments += 1;
        }
        let state = JobState {
            job,
            proven: None,
            results: VecDeque::new(),
            is_checked: false,
            failures: vec![],
            publish_at: now,
            unheld_since: now,
        };
        self.jobs.insert(name, state);
        for report in self.early.remove(&name).unwrap_or_default() {
            self.add_result(report);
        }
    }

    /// There are no more segments.
    pub(super) fn all_found(&mut self) {
        self.all_found = true;
        if let Some(tree) = &mut self.tree {
            tree.set_n_segments(self.n_segments);
        }
        self.take_ready_nodes();
    }

    /// A worker says that a job is proven.
    fn add_result(&mut self, report: Report) {
        let Outcome::Proven {
            proof,
            traced_ms,
            proven_ms,
        } = report.outcome
        else {
            return;
        };
        let Some(state) = self.jobs.get_mut(&report.job) else {
            self.early.entry(report.job).or_default().push(report);
            return;
        };
        // The same proof need not be checked twice, nor one more of a job that is done.
        let is_known = state.results.iter().any(|other| other.proof == proof);
        if state.proven.is_none() && !is_known {
            state.results.push_back(Result {
                job: report.job,
                worker: report.worker,
                proof,
                traced: Duration::from_millis(traced_ms),
                proven: Duration::from_millis(proven_ms),
                is_last: false,
            });
        }
    }

    /// What a worker says of a job.
    ///
    /// # Errors
    /// [`Error::Failed`] if that was its last chance, and [`Error::StoreFull`].
    pub(super) fn take_report(
        &mut self,
        report: Report,
        workers: &BTreeSet<String>,
    ) -> std::result::Result<(), Error> {
        match report.outcome {
            Outcome::Proven { .. } => {
                self.add_result(report);
                Ok(())
            }
            Outcome::Failed { error } => self.fails(report.job, report.worker, error, workers),
            Outcome::StoreFull { error } => Err(Error::StoreFull(format!(
                "worker {}: {error}",
                report.worker
            ))),
            Outcome::GivenUp { error } => Err(Error::Failed {
                job: report.job,
                failures: error,
            }),
        }
    }

    /// Proofs that can be checked now.
    pub(super) fn take_checks(&mut self) -> Vec<Result> {
        let mut checks = vec![];
        for (name, state) in &mut self.jobs {
            let is_last = match *name {
                JobName::Node { .. } => false,
                JobName::Segment(number) if number + 1 < self.n_segments => false,
                // It is not known yet.
                JobName::Segment(_) if !self.all_found => continue,
                JobName::Segment(_) => true,
            };
            if state.proven.is_some() || state.is_checked {
                continue;
            }
            if let Some(result) = state.results.pop_front() {
                state.is_checked = true;
                checks.push(Result { is_last, ..result });
            }
        }
        checks
    }

    /// What came of a check. Says whether the proof counts.
    ///
    /// # Errors
    /// [`Error::Failed`] if it does not, and that was the job's last chance.
    pub(super) fn checked(
        &mut self,
        result: &Result,
        check: std::result::Result<(Option<Ends>, Bytes), Error>,
        workers: &BTreeSet<String>,
    ) -> std::result::Result<bool, Error> {
        if let Some(state) = self.jobs.get_mut(&result.job) {
            state.is_checked = false;
        }
        let check = check.map_err(|error| error.to_string());
        let check = check.and_then(|(ends, bytes)| {
            self.fits(result.job, ends)?;
            Ok((ends, bytes))
        });
        match check {
            Ok((ends, bytes)) => {
                self.proven(result, ends, bytes);
                Ok(true)
            }
            Err(reason) => {
                *self.wrong.entry(result.worker.clone()).or_default() += 1;
                self.fails(result.job, result.worker.clone(), reason, workers)?;
                Ok(false)
            }
        }
    }

    /// Whether a segment goes on from those beside it that count already.
    fn fits(&self, job: JobName, ends: Option<Ends>) -> std::result::Result<(), String> {
        let (JobName::Segment(number), Some(ends)) = (job, ends) else {
            return Ok(());
        };
        let before = number.checked_sub(1).and_then(|n| self.ends.get(&n));
        let after = self.ends.get(&(number + 1));
        if before.is_some_and(|before| before.end != ends.start) {
            return Err(format!("it does not go on from segment {}", number - 1));
        }
        if after.is_some_and(|after| after.start != ends.end) {
            return Err(format!("segment {} does not go on from it", number + 1));
        }
        Ok(())
    }

    fn proven(&mut self, result: &Result, ends: Option<Ends>, bytes: Bytes) {
        if let Some(state) = self.jobs.get_mut(&result.job) {
            state.results.clear();
            // Those of a tree are not needed here once they are checked.
            let kept = match self.tree {
                Some(_) => Bytes::new(),
                None => bytes.clone(),
            };
            state.proven = Some((result.proof, kept));
        }
        if result.is_last {
            self.last_segment = Some(bytes.clone());
        }
        match (result.job, &mut self.tree) {
            (JobName::Segment(number), tree) => {
                self.ends.extend(ends.map(|ends| (number, ends)));
                if let Some(tree) = tree {
                    tree.add_segment(number, result.proof);
                }
            }
            (JobName::Node { layer, index }, Some(tree)) => {
                tree.add_node(openvm_metal_sdk::Node { layer, index }, result.proof);
                if tree.take_root().is_some() {
                    self.root = Some(bytes);
                }
            }
            (JobName::Node { .. }, None) => {}
        }
        self.take_ready_nodes();
    }

    fn take_ready_nodes(&mut self) {
        let ready = self.tree.as_mut().map(Tree::take_ready);
        for (node, children) in ready.unwrap_or_default() {
            self.add_job(Job::Node {
                layer: node.layer,
                index: node.index,
                children,
            });
        }
    }

    fn fails(
        &mut self,
        job: JobName,
        worker: String,
        error: String,
        workers: &BTreeSet<String>,
    ) -> std::result::Result<(), Error> {
        let Some(state) = self.jobs.get_mut(&job).filter(|job| job.proven.is_none()) else {
            return Ok(());
        };
        state.failures.push((worker, error));
        state.publish_at = Instant::now();
        let failed: BTreeSet<_> = state.failures.iter().map(|(worker, _)| worker).collect();
        let others = workers.iter().any(|worker| !failed.contains(worker));
        let n_failures = state.failures.len();
        let is_over = match others {
            true => failed.len() >= self.limits.failures,
            false => n_failures >= self.limits.failures,
        };
        if !is_over && n_failures < ROUNDS * self.limits.failures {
            return Ok(());
        }
        let failures = state.failures.iter();
        let failures = failures.map(|(worker, error)| format!("\n  worker {worker}: {error}"));
        Err(Error::Failed {
            job,
            failures: failures.collect(),
        })
    }

    /// Jobs of which it is time to see whether they are in the queue, with the workers that others go before.
    pub(super) fn to_publish(
        &self,
        now: Instant,
        workers: &BTreeSet<String>,
    ) -> Vec<(Job, Vec<String>)> {
        let open = self.jobs.values().filter(|state| state.is_open());
        let due = open.filter(|state| state.publish_at <= now);
        due.map(|state| (state.job.clone(), self.not_for(state, workers)))
            .collect()
    }

    /// Nobody, if there is nobody else.
    fn not_for(&self, state: &JobState, workers: &BTreeSet<String>) -> Vec<String> {
        let failed = state.failures.iter().map(|(worker, _)| worker);
        let wrong = self.wrong.iter().filter(|(_, &n)| n >= WRONG_PROOFS);
        let all: BTreeSet<_> = failed.chain(wrong.map(|(worker, _)| worker)).collect();
        match workers.iter().any(|worker| !all.contains(worker)) {
            true => all.into_iter().cloned().collect(),
            false => vec![],
        }
    }

    /// A job is in the queue. One that was there before may be that of a worker that failed, and is just going; so it
    /// is looked for again soon.
    pub(super) fn published(&mut self, job: JobName, was_there: bool, now: Instant) {
        let ack_wait = self.limits.ack_wait;
        if let Some(state) = self.jobs.get_mut(&job) {
            let is_retry = was_there && !state.failures.is_empty();
            state.publish_at = now + if is_retry { ack_wait / 10 } else { ack_wait };
        }
    }

    /// A worker says that it has these jobs.
    pub(super) fn held(&mut self, jobs: impl Iterator<Item = JobName>, now: Instant) {
        for job in jobs {
            if let Some(state) = self.jobs.get_mut(&job) {
                state.unheld_since = now;
            }
        }
    }

    /// Jobs that nobody has had for long, although there are workers without work: their messages are stuck.
    pub(super) fn take_stuck(&mut self, now: Instant) -> Vec<Job> {
        let limit = 3 * self.limits.ack_wait;
        let mut stuck = vec![];
        for state in self.jobs.values_mut().filter(|state| state.is_open()) {
            if now.duration_since(state.unheld_since) > limit {
                state.unheld_since = now;
                state.publish_at = now;
                stuck.push(state.job.clone());
            }
        }
        stuck
    }

    /// The job of the most memory that is not done.
    pub(super) fn largest_open(&self) -> Option<(JobName, u64)> {
        let open = self.jobs.values().filter(|state| state.is_open());
        let sizes = open.filter_map(|state| match state.job {
            Job::Segment { device_bytes, .. } => Some((state.job.name(), device_bytes)),
            Job::Node { .. } => None,
        });
        sizes.max_by_key(|(_, bytes)| *bytes)
    }

    /// Instructions before the first segment that is not proven, of those that are known.
    pub(super) fn proven_to(&self) -> u64 {
        let mut end = 0;
        for state in self.jobs.values() {
            let Job::Segment {
                start,
                instructions,
                ..
            } = state.job
            else {
                break;
            };
            if state.is_open() {
                return start;
            }
            end = start + instructions;
        }
        end
    }

    /// A job is to be done once more, by nobody's fault.
    pub(super) fn again(&mut self, job: JobName) {
        if let Some(state) = self.jobs.get_mut(&job) {
            state.publish_at = Instant::now();
        }
    }

    /// Whether everything is proven.
    pub(super) fn is_done(&self) -> bool {
        match self.tree {
            Some(_) => self.root.is_some() && self.last_segment.is_some(),
            None => self.all_found && self.jobs.values().all(|state| !state.is_open()),
        }
    }

    /// The proofs: of the segments in order, or the tree's; and that of the last segment.
    pub(super) fn proofs(&self) -> (Vec<Bytes>, Bytes) {
        let proofs = match &self.root {
            Some(root) => vec![root.clone()],
            None => self.proven_jobs().map(|(_, bytes)| bytes.clone()).collect(),
        };
        (proofs, self.last_segment.clone().unwrap_or_default())
    }

    /// Everything that is proven, for whoever cleans up.
    pub(super) fn proven_hashes(&self) -> Vec<Hash> {
        self.proven_jobs().map(|(hash, _)| *hash).collect()
    }

    fn proven_jobs(&self) -> impl Iterator<Item = &(Hash, Bytes)> {
        self.jobs.values().filter_map(|state| state.proven.as_ref())
    }

    pub(super) fn n_segments(&self) -> usize {
        self.n_segments
    }

    /// Nodes in all, once that is known.
    pub(super) fn n_nodes(&self) -> usize {
        self.tree.as_ref().and_then(Tree::n_nodes).unwrap_or(0)
    }

    pub(super) fn instructions(&self) -> u64 {
        self.jobs
            .values()
            .map(|state| state.job.instructions())
            .sum()
    }

    /// Proven segments, proven nodes, and instructions in the former.
    pub(super) fn progress(&self) -> (usize, usize, u64) {
        let proven = self.jobs.values().filter(|state| !state.is_open());
        proven.fold((0, 0, 0), |(segments, nodes, n), state| match state.job {
            Job::Segment { instructions, .. } => (segments + 1, nodes, n + instructions),
            Job::Node { .. } => (segments, nodes + 1, n),
        })
    }

    pub(super) fn is_all_found(&self) -> bool {
        self.all_found
    }
}

impl JobState {
    fn is_open(&self) -> bool {
        self.proven.is_none()
    }
}
