//! Threads that hand traces to the engine.

use std::{
    sync::mpsc::{Receiver, Sender},
    time::Instant,
};

use openvm_metal_backend::MetalBackend;
use openvm_stark_backend::{prover::ProvingContext, StarkEngine};
use tracing::{info_span, Span};

use super::message::Message;
use crate::{
    aggregation::{Circuits, Node},
    panic::caught,
    program::Program,
    Error, GuestVm,
};

/// What a proof is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Statement {
    Segment(usize),
    Node(Node),
}

/// Traces on the device, to be proven.
pub(super) struct ProveJob {
    pub(super) statement: Statement,
    pub(super) ctx: ProvingContext<MetalBackend>,
    pub(super) span: Span,
}

/// Proves one job after the other on a device, until there will be no more.
pub(super) fn run<B: GuestVm>(
    program: &Program<B>,
    circuits: Option<&Circuits>,
    device: usize,
    number: usize,
    jobs: &Receiver<ProveJob>,
    reply: &Sender<Message>,
) {
    for ProveJob {
        statement,
        ctx,
        span,
    } in jobs
    {
        let _entered = span.entered();
        let start = Instant::now();
        let name = || match statement {
            Statement::Segment(index) => format!("segment {index}"),
            Statement::Node(node) => format!("the {node}"),
        };
        let prove = || match (statement, circuits) {
            (Statement::Node(node), Some(circuits)) => circuits.prove(device, node, ctx),
            _ => {
                let proof = program.engine.prove(&program.key, ctx);
                proof.map_err(|error| Error::Prover {
                    what: name(),
                    error,
                })
            }
        };
        let span = info_span!("total_proof");
        let result = span.in_scope(|| caught(|| format!("proving {}", name()), prove));
        // Nobody is there any more if the proof failed elsewhere.
        let _ = reply.send(Message::Proven {
            worker: number,
            device,
            statement,
            time: start.elapsed(),
            result,
        });
    }
}
