//! The coordinator, which finds segments and verifies proofs, and the server, which hands out jobs.

use crate::{
    cluster::Cluster,
    queue::{Event, Task},
    random::Purpose,
    worker::Worker,
};

impl Cluster<'_> {
    pub fn found(&mut self, segment: usize) {
        let every = self.scenario.policy.checkpoint_every;
        if every > 0 && segment > 0 && segment.is_multiple_of(every) {
            let coordinator = self.coordinator();
            let bytes = self.scenario.sizes.checkpoint;
            self.checkpoints
                .push(self.links.put(self.now, coordinator, bytes));
        }
        self.publish(segment);
    }

    fn publish(&mut self, job: usize) {
        self.links.message(2, self.scenario.sizes.message);
        let arrives = self.now + self.scenario.network.latency;
        self.queue.add(arrives, Event::Published(job));
    }

    pub fn published(&mut self, job: usize) {
        match job < self.tree.n_segments {
            true => self.server.segments.push_back(job),
            false => self.server.nodes.push_back(job),
        }
        self.hand_out();
    }

    pub fn pulled(&mut self, worker: usize, life: u64) {
        self.server.waiting.push_back((worker, life));
        self.hand_out();
    }

    /// Gives jobs to workers that wait for one: nodes first, as more waits for them.
    pub fn hand_out(&mut self) {
        let server = &mut self.server;
        let is_there = |worker: &Worker, life| worker.life == life && !worker.is_barred;
        while !server.nodes.is_empty() || !server.segments.is_empty() {
            let Some((number, life)) = server.waiting.pop_front() else {
                return;
            };
            if !is_there(&self.workers[number], life) {
                continue;
            }
            let job = server
                .nodes
                .pop_front()
                .or_else(|| server.segments.pop_front());
            let Some(job) = job else { return };
            if self.jobs[job].is_stored {
                server.waiting.push_front((number, life));
                continue;
            }
            let task = Task {
                job,
                delivery: self.jobs[job].deliveries,
                worker: number,
                life,
            };
            self.jobs[job].deliveries += 1;
            self.jobs[job].holder = Some(task);
            self.links.message(1, self.scenario.sizes.message);
            let arrives = self.now + self.scenario.network.latency;
            let worker = &mut self.workers[number];
            worker.n_asked -= 1;
            worker.held.push((task, self.now));
            self.queue.add(arrives, Event::Received(task));
            // One that is stopped gives no sign.
            if worker.frozen.is_some_and(|(_, until)| self.now < until) {
                let expires = self.now + self.scenario.policy.ack_wait;
                let delivery = task.delivery;
                self.queue.add(expires, Event::Expired { job, delivery });
            }
        }
    }

    /// The first proof of a job that is stored counts, if it is right.
    pub fn stored(&mut self, task: Task) {
        let worker = &self.workers[task.worker];
        if self.jobs[task.job].is_stored || worker.is_barred {
            return;
        }
        self.jobs[task.job].is_stored = true;
        self.links.message(1, self.scenario.sizes.message);
        let told = self.now + self.scenario.network.latency;
        let is_root = task.job + 1 == self.jobs.len() && self.scenario.aggregates;
        let fetched = match self.scenario.policy.verifies_all || is_root {
            true => {
                let coordinator = self.coordinator();
                self.links.get(told, coordinator, self.scenario.sizes.proof)
            }
            false => told,
        };
        self.queue.add(fetched, Event::Fetched(task));
    }

    pub fn fetched(&mut self, task: Task) {
        let is_root = task.job + 1 == self.jobs.len() && self.scenario.aggregates;
        if !self.scenario.policy.verifies_all && !is_root {
            self.verified(task);
            return;
        }
        let time = self.time(
            self.scenario.phases.verification,
            Purpose::Verification,
            task.job,
        );
        let Some(free) = self.verifiers.iter_mut().min() else {
            unreachable!("a coordinator has a core");
        };
        *free = self.now.max(*free) + time;
        self.queue.add(*free, Event::Verified(task));
    }

    pub fn verified(&mut self, task: Task) {
        if task.worker < self.scenario.failures.liars {
            self.refuse(task);
            return;
        }
        let span = match task.job < self.tree.n_segments {
            true => self.scenario.phases.segment_proof,
            false => self.scenario.phases.node_proof,
        };
        let gpu = self.time(span, Purpose::Proof, task.job);
        self.outcome.wasted_gpu -= gpu;
        self.outcome.useful_gpu += gpu;
        self.outcome.accepted[task.job] += 1;
        self.n_accepted += 1;
        if self.n_accepted == self.jobs.len() {
            self.outcome.makespan = self.now;
        }
        if let Some(parent) = self.tree.parent[task.job] {
            self.jobs[parent].children_missing -= 1;
            if self.jobs[parent].children_missing == 0 {
                self.publish(parent);
            }
        }
    }

    /// A worker with a wrong proof gets no more jobs, and those that it has are given to others.
    fn refuse(&mut self, task: Task) {
        self.outcome.refused += 1;
        self.jobs[task.job].is_stored = false;
        self.jobs[task.job].holder = None;
        self.publish(task.job);
        let worker = &mut self.workers[task.worker];
        if !std::mem::replace(&mut worker.is_barred, true) {
            for (held, _) in worker.held.clone() {
                if held.job != task.job && !self.jobs[held.job].is_stored {
                    self.jobs[held.job].holder = None;
                    self.publish(held.job);
                }
            }
        }
    }
}
