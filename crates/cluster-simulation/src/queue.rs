//! What will happen, in the order of time; at one time, in the order in which it was arranged.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::scenario::Micros;

/// A job in the hands of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    pub job: usize,
    /// How often the job had been given out before.
    pub delivery: u64,
    pub worker: usize,
    /// How often that worker had died before.
    pub life: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The coordinator has found a segment.
    Found(usize),
    /// A job is on the server.
    Published(usize),
    /// A worker can take jobs.
    Ready {
        worker: usize,
        life: u64,
    },
    /// The server has a worker's wish for a job.
    Pulled {
        worker: usize,
        life: u64,
    },
    /// The worker has the job, and what it needs for it.
    Received(Task),
    Traced(Task),
    Proved(Task),
    /// The server has the proof.
    Stored(Task),
    /// The worker knows that it has.
    Acknowledged(Task),
    /// The coordinator has the proof.
    Fetched(Task),
    Verified(Task),
    /// Nothing was heard of a job for too long.
    Expired {
        job: usize,
        delivery: u64,
    },
    Dies {
        worker: usize,
        life: u64,
    },
    Freezes {
        worker: usize,
        life: u64,
    },
}

#[derive(Default)]
pub struct Queue {
    events: BinaryHeap<Reverse<(Micros, u64, Event)>>,
    n_added: u64,
}

impl Queue {
    pub fn add(&mut self, time: Micros, event: Event) {
        self.events.push(Reverse((time, self.n_added, event)));
        self.n_added += 1;
    }

    pub fn next(&mut self) -> Option<(Micros, Event)> {
        self.events
            .pop()
            .map(|Reverse((time, _, event))| (time, event))
    }
}
