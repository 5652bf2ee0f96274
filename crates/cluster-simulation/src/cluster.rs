//! The whole cluster, event by event.

use std::collections::VecDeque;

use crate::{
    network::Links,
    outcome::Outcome,
    queue::{Event, Queue, Task},
    random::{between, bits, Purpose},
    scenario::{time_for, Micros, Scenario, Span},
    tree::Tree,
    worker::Worker,
};

/// Simulates a scenario to its end.
///
/// # Panics
/// If there is nothing to prove or nobody to do it, or if all workers lie, so that there is no end.
pub fn simulate(scenario: &Scenario) -> Outcome {
    assert!(scenario.segments > 0, "no segments");
    assert!(
        scenario.workers > scenario.failures.liars,
        "no honest worker"
    );
    assert!(
        scenario.policy.verifies_all || scenario.failures.liars == 0,
        "lies that nobody looks for"
    );
    let mut cluster = Cluster::new(scenario);
    cluster.start();
    while cluster.outcome.makespan == 0 {
        let Some((now, event)) = cluster.queue.next() else {
            unreachable!("jobs that nobody works on are given out again");
        };
        cluster.now = now;
        cluster.happen(event);
    }
    cluster.outcome.messages = cluster.links.messages;
    cluster.outcome.bytes = cluster.links.bytes;
    cluster.outcome.critical_path = cluster.critical_path();
    cluster.outcome
}

/// Where a job stands.
#[derive(Clone, Copy, Default)]
pub struct Job {
    /// How often it was given out.
    pub deliveries: u64,
    pub holder: Option<Task>,
    /// The server has a proof of it.
    pub is_stored: bool,
    /// Children that have no accepted proof.
    pub children_missing: usize,
}

/// What the server hands out, and to whom.
#[derive(Default)]
pub struct Server {
    pub nodes: VecDeque<usize>,
    pub segments: VecDeque<usize>,
    /// Workers that wait for a job, and their lives.
    pub waiting: VecDeque<(usize, u64)>,
}

pub struct Cluster<'s> {
    pub scenario: &'s Scenario,
    pub now: Micros,
    pub queue: Queue,
    pub links: Links,
    pub server: Server,
    pub workers: Vec<Worker>,
    pub tree: Tree,
    pub jobs: Vec<Job>,
    /// When each checkpoint is in the store.
    pub checkpoints: Vec<Micros>,
    /// When each of the coordinator's cores can verify.
    pub verifiers: Vec<Micros>,
    pub n_accepted: usize,
    pub outcome: Outcome,
}

impl<'s> Cluster<'s> {
    fn new(scenario: &'s Scenario) -> Self {
        let tree = Tree::new(scenario.segments, scenario.aggregates);
        let job = |job| Job {
            children_missing: tree.children(job).len(),
            ..Job::default()
        };
        Self {
            now: 0,
            queue: Queue::default(),
            links: Links::new(scenario.network, scenario.workers + 1),
            server: Server::default(),
            workers: vec![Worker::default(); scenario.workers],
            jobs: (0..tree.n_jobs()).map(job).collect(),
            checkpoints: vec![],
            verifiers: vec![0; scenario.policy.verifying_cores],
            n_accepted: 0,
            outcome: Outcome {
                accepted: vec![0; tree.n_jobs()],
                ..Outcome::default()
            },
            tree,
            scenario,
        }
    }

    fn start(&mut self) {
        let sizes = self.scenario.sizes;
        let coordinator = self.coordinator();
        let stored = self.links.put(0, coordinator, sizes.program);
        for worker in 0..self.scenario.workers {
            let ready = self.links.get(stored, worker, sizes.program + sizes.keys);
            let ready = ready + self.scenario.phases.setup;
            self.queue.add(ready, Event::Ready { worker, life: 0 });
            self.arrange_failures(worker);
        }
        for segment in 0..self.scenario.segments {
            let end = (segment as u64 + 1) * self.scenario.phases.segment_instructions;
            let found = time_for(end, self.scenario.phases.metered_per_second);
            self.queue.add(found, Event::Found(segment));
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Found(segment) => self.found(segment),
            Event::Published(job) => self.published(job),
            Event::Ready { worker, life } => self.ready(worker, life),
            Event::Pulled { worker, life } => self.pulled(worker, life),
            Event::Received(task) => self.at_work(event, task, Self::received),
            Event::Traced(task) => self.at_work(event, task, Self::traced),
            Event::Proved(task) => self.at_work(event, task, Self::proved),
            Event::Stored(task) => self.at_work(event, task, Self::stored),
            Event::Acknowledged(task) => self.at_work(event, task, Self::acknowledged),
            Event::Fetched(task) => self.fetched(task),
            Event::Verified(task) => self.verified(task),
            Event::Expired { job, delivery } => self.expired(job, delivery),
            Event::Dies { worker, life } => self.dies(worker, life),
            Event::Freezes { worker, life } => self.freezes(worker, life),
        }
    }

    /// The coordinator's number among the machines.
    pub fn coordinator(&self) -> usize {
        self.scenario.workers
    }

    /// How long something takes for a job: the same whoever does it, and when.
    pub fn time(&self, span: Span, purpose: Purpose, job: usize) -> Micros {
        let bits = bits(self.scenario.seed, purpose, job as u64);
        between(bits, span.min, span.max)
    }

    /// The last segment's way to the root, if nothing of it ever waits.
    fn critical_path(&self) -> Micros {
        let phases = &self.scenario.phases;
        let instructions = self.scenario.segments as u64 * phases.segment_instructions;
        let executed = time_for(instructions, phases.metered_per_second);
        let preflight = time_for(phases.segment_instructions, phases.preflight_per_second);
        let segment = preflight + phases.segment_traces.min + phases.segment_proof.min;
        let node = phases.node_traces.min + phases.node_proof.min;
        executed + segment + self.tree.depth as u64 * node
    }
}
