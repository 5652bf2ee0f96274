//! Threads that make the traces of the aggregation tree's nodes.

use std::{
    sync::mpsc::{Receiver, Sender},
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

/// A node with the proofs of its children.
pub(super) struct NodeJob {
    pub(super) node: Node,
    pub(super) proofs: Vec<Proof<SC>>,
    pub(super) span: Span,
}

/// Makes the traces of one node after the other, until there will be no more.
pub(super) fn run(
    circuits: &Circuits,
    number: usize,
    jobs: &Receiver<NodeJob>,
    reply: &Sender<Message>,
) {
    for NodeJob { node, proofs, span } in jobs {
        let _entered = span.entered();
        let start = Instant::now();
        let trace = || circuits.trace(node, &proofs);
        let result = caught(|| format!("making the traces of the {node}"), trace);
        // Nobody is there any more if the proof failed elsewhere.
        let _ = reply.send(Message::NodeTraced {
            worker: number,
            node,
            time: start.elapsed(),
            result,
        });
    }
}
