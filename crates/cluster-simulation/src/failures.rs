//! Workers that die, freeze and come back.

use crate::{
    cluster::Cluster,
    queue::Event,
    random::{between, bits, Purpose},
    scenario::{Micros, SECOND},
};

const MINUTE: Micros = 60 * SECOND;
/// Rates are given for a thousand hours.
const MINUTES: u64 = 60_000;
/// Nothing is simulated for longer.
const MOST_MINUTES: u64 = 10_000;

impl Cluster<'_> {
    /// Arranges when a worker will die and freeze in this life.
    pub fn arrange_failures(&mut self, worker: usize) {
        let life = self.workers[worker].life;
        let failures = self.scenario.failures;
        if let Some(after) = self.first(worker, failures.deaths, Purpose::Death) {
            self.queue
                .add(self.now + after, Event::Dies { worker, life });
        }
        if let Some(after) = self.first(worker, failures.freezes, Purpose::Freeze) {
            self.queue
                .add(self.now + after, Event::Freezes { worker, life });
        }
    }

    /// When something happens for the first time that happens `rate` times in a thousand hours. Minute by minute, in
    /// whole numbers, so that it is the same on every machine.
    fn first(&self, worker: usize, rate: u64, purpose: Purpose) -> Option<Micros> {
        if rate == 0 {
            return None;
        }
        let life = self.workers[worker].life;
        let number = |minute: u64| {
            let index = ((worker as u64) << 40) + (life << 20) + minute;
            bits(self.scenario.seed, purpose, index)
        };
        let happens = |&minute: &u64| between(number(minute), 0, MINUTES - 1) < rate;
        let minute = (0..MOST_MINUTES).find(happens)?;
        let within = between(number(minute + MOST_MINUTES), 0, MINUTE - 1);
        Some(minute * MINUTE + within)
    }

    /// All that the worker had in hand is lost, and its jobs are given out again when they were silent for too long.
    pub fn dies(&mut self, number: usize, life: u64) {
        let worker = &self.workers[number];
        if worker.life != life {
            return;
        }
        self.outcome.deaths += 1;
        for &(_, start, end) in &worker.proving {
            self.outcome.wasted_gpu += self.now.min(end).saturating_sub(start);
        }
        let reborn = worker.reborn();
        self.expect_silence(number);
        let life = reborn.life;
        self.workers[number] = reborn;
        let back = self.now + self.scenario.failures.away + self.scenario.phases.setup;
        self.queue.add(
            back,
            Event::Ready {
                worker: number,
                life,
            },
        );
        self.arrange_failures(number);
    }

    pub fn freezes(&mut self, number: usize, life: u64) {
        if self.workers[number].life != life {
            return;
        }
        let until = self.now + self.scenario.failures.frozen;
        self.workers[number].frozen = Some((self.now, until));
        self.expect_silence(number);
    }

    /// When the worker's jobs will have been silent for too long.
    fn expect_silence(&mut self, number: usize) {
        let interval = self.sign_interval();
        for &(task, since) in &self.workers[number].held {
            let last_sign = since + (self.now - since) / interval * interval;
            let (job, delivery) = (task.job, task.delivery);
            let expires = last_sign + self.scenario.policy.ack_wait;
            self.queue.add(expires, Event::Expired { job, delivery });
        }
    }

    /// Gives a job out again, unless there is a proof or a newer holder, or its holder is back.
    pub fn expired(&mut self, job: usize, delivery: u64) {
        let state = &self.jobs[job];
        let Some(task) = state.holder.filter(|task| task.delivery == delivery) else {
            return;
        };
        let holder = &self.workers[task.worker];
        let is_frozen = holder.frozen.is_some_and(|(_, until)| self.now < until);
        let is_at_work = holder.life == task.life && !is_frozen;
        if state.is_stored || is_at_work {
            return;
        }
        self.outcome.redeliveries += 1;
        self.jobs[job].holder = None;
        match job < self.tree.n_segments {
            true => self.server.segments.push_front(job),
            false => self.server.nodes.push_front(job),
        }
        self.hand_out();
    }
}
