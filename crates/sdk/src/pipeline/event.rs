//! What happens on the way to a proof.

use std::time::Duration;

use crate::{aggregation::Node, execution::TraceTimes};

/// Something that happened on the way to a proof. Segments are numbered from 0, and so are devices, in the
/// order in which the prover was given them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Metered execution found where a segment ends.
    SegmentFound {
        /// Its number.
        segment: usize,
        /// Its length.
        instructions: u64,
    },
    /// The program was executed to its end: all segments are known.
    ProgramExecuted {
        /// Their number.
        segments: usize,
        /// Instructions in all.
        instructions: u64,
        /// Nodes of the aggregation tree; none for proofs of segments alone.
        nodes: usize,
    },
    /// A segment's traces are on a device.
    SegmentTraced {
        /// Its number.
        segment: usize,
        /// The device.
        device: usize,
        /// What its traces take, on the host while they were made, and on the device.
        bytes: u64,
        /// How long it took.
        times: TraceTimes,
        /// The AIRs whose traces were made on the host.
        cpu_traces: Vec<String>,
    },
    /// A segment was proven.
    SegmentProven {
        /// Its number.
        segment: usize,
        /// The device that proved it.
        device: usize,
        /// The engine's time for it.
        time: Duration,
    },
    /// The traces of a node of the aggregation tree are on a device.
    NodeTraced {
        /// Its place in the tree.
        node: Node,
        /// The device.
        device: usize,
        /// How long it took.
        time: Duration,
    },
    /// A node of the aggregation tree was proven.
    NodeProven {
        /// Its place in the tree.
        node: Node,
        /// The device that proved it.
        device: usize,
        /// The engine's time for it.
        time: Duration,
    },
    /// A device was lost, and others are there: they are given its work.
    DeviceLost {
        /// Its number.
        device: usize,
        /// What failed on it.
        error: String,
        /// Segments that it had, whose traces are made again.
        segments: usize,
        /// Nodes of the aggregation tree that it had.
        nodes: usize,
    },
}

/// Whoever wants to know how a proof comes along. Called from the thread that waits for the proof.
pub trait Observer {
    /// Something happened.
    fn on_event(&mut self, event: &Event);
}

/// Nobody.
impl Observer for () {
    fn on_event(&mut self, _: &Event) {}
}

impl<O: Observer> Observer for Option<O> {
    fn on_event(&mut self, event: &Event) {
        if let Some(observer) = self {
            observer.on_event(event);
        }
    }
}
