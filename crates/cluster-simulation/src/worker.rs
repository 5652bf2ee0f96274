//! What workers do: pull jobs, make traces on the host and proofs on the GPU, store them.

use crate::{
    cluster::Cluster,
    queue::{Event, Task},
    random::Purpose,
    scenario::{time_for, Micros},
};

/// One machine with one GPU.
#[derive(Clone, Default)]
pub struct Worker {
    /// How often it died.
    pub life: u64,
    /// The coordinator takes nothing from it any more.
    pub is_barred: bool,
    /// Since when and until when it is stopped.
    pub frozen: Option<(Micros, Micros)>,
    /// Its jobs, and when it got them.
    pub held: Vec<(Task, Micros)>,
    /// Jobs that it has asked for.
    pub n_asked: usize,
    /// The furthest instruction that its execution has got to, whose state it keeps, and when it can go on.
    position: u64,
    executing_until: Micros,
    /// The same of the two nodes whose traces it makes at a time.
    tracing_nodes_until: [Micros; 2],
    gpu_until: Micros,
    /// What the GPU has to do, from when to when.
    pub proving: Vec<(Task, Micros, Micros)>,
}

impl Worker {
    /// A new process on the machine.
    pub fn reborn(&self) -> Self {
        Self {
            life: self.life + 1,
            is_barred: self.is_barred,
            ..Self::default()
        }
    }
}

impl Cluster<'_> {
    /// Does `work` for an event on a worker, unless that has died; if it is frozen, when it is not any more.
    pub fn at_work(&mut self, event: Event, task: Task, work: impl Fn(&mut Self, Task)) {
        let worker = &self.workers[task.worker];
        if worker.life != task.life {
            return;
        }
        match worker.frozen {
            Some((since, until)) if self.now < until => {
                self.queue.add(until + (self.now - since), event);
            }
            _ => work(self, task),
        }
    }

    pub fn ready(&mut self, worker: usize, life: u64) {
        if self.workers[worker].life == life {
            self.pull(worker);
        }
    }

    /// Asks for as many jobs as the worker has room for.
    pub fn pull(&mut self, number: usize) {
        let worker = &mut self.workers[number];
        let life = worker.life;
        while !worker.is_barred
            && worker.held.len() + worker.n_asked < self.scenario.policy.jobs_held
        {
            worker.n_asked += 1;
            self.links.message(1, self.scenario.sizes.message);
            let arrives = self.now + self.scenario.network.latency;
            self.queue.add(
                arrives,
                Event::Pulled {
                    worker: number,
                    life,
                },
            );
        }
    }

    pub fn received(&mut self, task: Task) {
        let traced = match task.job < self.tree.n_segments {
            true => self.trace_segment(task),
            false => self.trace_node(task),
        };
        self.queue.add(traced, Event::Traced(task));
    }

    /// When a segment's traces are there. Segments are traced side by side, each on a core of its own; the way to where
    /// they start is one thread's.
    fn trace_segment(&mut self, task: Task) -> Micros {
        let phases = self.scenario.phases;
        let start = task.job as u64 * phases.segment_instructions;
        let pure = |from: u64| time_for(start - from, phases.pure_per_second);
        let position = Some(self.workers[task.worker].position).filter(|at| *at <= start);
        let mut from = position.unwrap_or(0);
        let mut arrived = self.now;
        if let Some(checkpoint) = self.checkpoint_before(task.job) {
            let fetch = time_for(
                self.scenario.sizes.checkpoint,
                self.scenario.network.link_per_second,
            );
            if pure(checkpoint) + fetch < pure(from) {
                from = checkpoint;
                arrived = self
                    .links
                    .get(self.now, task.worker, self.scenario.sizes.checkpoint);
            }
        }
        self.outcome.instructions_to_starts += start - from;
        let traces = self.time(phases.segment_traces, Purpose::Traces, task.job);
        let worker = &mut self.workers[task.worker];
        worker.executing_until = arrived.max(worker.executing_until) + pure(from);
        worker.position = worker.position.max(start);
        let preflight = time_for(phases.segment_instructions, phases.preflight_per_second);
        worker.executing_until + preflight + traces
    }

    fn trace_node(&mut self, task: Task) -> Micros {
        let mut fetched = self.now;
        for _ in self.tree.children(task.job) {
            fetched = self
                .links
                .get(self.now, task.worker, self.scenario.sizes.proof);
        }
        let traces = self.time(self.scenario.phases.node_traces, Purpose::Traces, task.job);
        let worker = &mut self.workers[task.worker];
        let [a, b] = &mut worker.tracing_nodes_until;
        let earlier = if *a <= *b { a } else { b };
        *earlier = fetched.max(*earlier) + traces;
        *earlier
    }

    pub fn traced(&mut self, task: Task) {
        let phases = self.scenario.phases;
        let span = match task.job < self.tree.n_segments {
            true => phases.segment_proof,
            false => phases.node_proof,
        };
        let time = self.time(span, Purpose::Proof, task.job);
        let worker = &mut self.workers[task.worker];
        let start = self.now.max(worker.gpu_until);
        worker.gpu_until = start + time;
        worker.proving.push((task, start, worker.gpu_until));
        self.queue.add(start + time, Event::Proved(task));
    }

    pub fn proved(&mut self, task: Task) {
        let worker = &mut self.workers[task.worker];
        let place = worker.proving.iter().position(|(other, ..)| *other == task);
        if let Some(place) = place {
            let (_, start, end) = worker.proving.remove(place);
            // Until it is accepted.
            self.outcome.wasted_gpu += end - start;
        }
        let stored = self
            .links
            .put(self.now, task.worker, self.scenario.sizes.proof);
        self.queue.add(stored, Event::Stored(task));
        // The store confirms; then the job is acknowledged, and the server confirms that.
        self.links.message(2, self.scenario.sizes.message);
        let acknowledged = stored + 3 * self.scenario.network.latency;
        self.queue.add(acknowledged, Event::Acknowledged(task));
    }

    pub fn acknowledged(&mut self, task: Task) {
        let worker = &mut self.workers[task.worker];
        let place = worker.held.iter().position(|(other, _)| *other == task);
        if let Some(place) = place {
            let (_, since) = worker.held.remove(place);
            let signs = (self.now - since) / self.sign_interval();
            self.links.message(signs, self.scenario.sizes.message);
        }
        self.pull(task.worker);
    }

    /// The time between two signs of progress.
    pub fn sign_interval(&self) -> Micros {
        self.scenario.policy.ack_wait / 3
    }

    /// The instruction of the last checkpoint in the store that lies before a segment.
    fn checkpoint_before(&self, segment: usize) -> Option<u64> {
        let every = self.scenario.policy.checkpoint_every;
        let last = segment.checked_div(every)?.min(self.checkpoints.len());
        let stored = (0..last).rev().find(|&i| self.checkpoints[i] <= self.now)?;
        Some((stored as u64 + 1) * every as u64 * self.scenario.phases.segment_instructions)
    }
}
