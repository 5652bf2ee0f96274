//! What each device has to prove.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{
    load::{choose, Load, Work},
    nodes::Children,
    provers::{ProveJob, Statement},
    workers::Workers,
};
use crate::{aggregation::Node, Error};

/// The devices of a proof, each with a queue of its own.
pub(super) struct Devices {
    queues: Vec<Queue>,
    loads: Vec<Load>,
}

/// What is on one device, and the threads that prove there.
struct Queue {
    /// What waits: nodes in front of segments, as more waits for them.
    traced: VecDeque<ProveJob>,
    provers: Workers<ProveJob>,
    held: Held,
}

/// What was given to a device and is not proven.
#[derive(Default)]
pub(super) struct Held {
    /// With the bytes of their traces.
    pub(super) segments: BTreeMap<usize, u64>,
    pub(super) nodes: BTreeMap<Node, Children>,
}

impl Devices {
    /// Devices with these threads, where traces of segments may take so many bytes; some may be lost already.
    pub(super) fn new(
        provers: Vec<Workers<ProveJob>>,
        limit_bytes: &[u64],
        is_lost: impl Fn(usize) -> bool,
    ) -> Self {
        let queue = |provers| Queue {
            traced: VecDeque::new(),
            provers,
            held: Held::default(),
        };
        let mut devices = Self {
            queues: provers.into_iter().map(queue).collect(),
            loads: limit_bytes.iter().map(|&bytes| Load::new(bytes)).collect(),
        };
        for device in 0..devices.loads.len() {
            if is_lost(device) {
                devices.lose(device);
            }
        }
        devices
    }

    /// The device that a segment with so many bytes of traces is for, if one has room. From then on it holds the
    /// segment.
    pub(super) fn take_segment(&mut self, segment: usize, bytes: u64) -> Option<usize> {
        let device = choose(&self.loads, Work::Segment(bytes))?;
        self.loads[device].add(Work::Segment(bytes));
        self.queues[device].held.segments.insert(segment, bytes);
        Some(device)
    }

    /// The same for a node with these children.
    pub(super) fn take_node(&mut self, node: Node, children: &Children) -> Option<usize> {
        let device = choose(&self.loads, Work::Node)?;
        self.loads[device].add(Work::Node);
        self.queues[device]
            .held
            .nodes
            .insert(node, children.clone());
        Some(device)
    }

    /// Traces that the device held are there.
    pub(super) fn traced(&mut self, device: usize, job: ProveJob) {
        let traced = &mut self.queues[device].traced;
        match job.statement {
            Statement::Segment(_) => traced.push_back(job),
            Statement::Node(_) => traced.push_front(job),
        }
    }

    pub(super) fn start_proving(&mut self) -> Result<(), Error> {
        for Queue {
            traced, provers, ..
        } in &mut self.queues
        {
            while provers.has_idle() {
                let Some(job) = traced.pop_front() else {
                    break;
                };
                let given = provers.give(job);
                given.map_err(|_| Error::Thread("the prover thread has ended".to_owned()))?;
            }
        }
        Ok(())
    }

    pub(super) fn prover_is_idle_again(&mut self, device: usize, number: usize) {
        self.queues[device].provers.is_idle_again(number);
    }

    /// The device has proven what it held.
    pub(super) fn proven(&mut self, device: usize, statement: Statement, time: Duration) {
        let held = &mut self.queues[device].held;
        let work = match statement {
            Statement::Segment(segment) => held.segments.remove(&segment).map(Work::Segment),
            Statement::Node(node) => held.nodes.remove(&node).map(|_| Work::Node),
        };
        if let Some(work) = work {
            self.loads[device].done(work, time);
        }
    }

    /// Whether the device was lost: what still comes from it does not count.
    pub(super) fn is_lost(&self, device: usize) -> bool {
        self.loads[device].is_lost()
    }

    /// Takes from a device that was lost all that it held; `None` if there is no other.
    pub(super) fn lose(&mut self, device: usize) -> Option<Held> {
        let mut loads = self.loads.iter().enumerate();
        if !loads.any(|(other, load)| other != device && !load.is_lost()) {
            return None;
        }
        self.loads[device].lose();
        let queue = &mut self.queues[device];
        queue.traced.clear();
        Some(std::mem::take(&mut queue.held))
    }
}
