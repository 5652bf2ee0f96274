//! Threads that make the traces of the aggregation tree's nodes.

use std::{
    sync::{
        mpsc::{Receiver, Sender},
        Arc,
    },
    time::Instant,
};

use openvm_stark_backend::proof::Proof;
use tracing::Span;

use super::message::Message;
use crate::{
    aggregation::{Circuits, Node},
    panic::caught,
    SC,
};

/// The proofs of a node's children, which are kept until it is proven.
pub(super) type Children = Arc<[Proof<SC>]>;

/// A node whose traces are to be made for a device.
pub(super) struct NodeJob {
    pub(super) device: usize,
    pub(super) node: Node,
    pub(super) proofs: Children,
    pub(super) span: Span,
}

/// Makes the traces of one node after the other, until there will be no more.
pub(super) fn run(
    circuits: &Circuits,
    number: usize,
    jobs: &Receiver<NodeJob>,
    reply: &Sender<Message>,
) {
    for job in jobs {
        let NodeJob {
            device,
            node,
            proofs,
            span,
        } = job;
        let _entered = span.entered();
        let start = Instant::now();
        let trace = || circuits.trace(device, node, &proofs);
        let result = caught(|| format!("making the traces of the {node}"), trace);
        // Nobody is there any more if the proof failed elsewhere.
        let _ = reply.send(Message::NodeTraced {
            worker: number,
            device,
            node,
            time: start.elapsed(),
            result,
        });
    }
}
