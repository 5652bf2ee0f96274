//! What workers tell the coordinator.

use std::time::Duration;

use openvm_circuit::arch::{execution_mode::Segment, VmState};
use openvm_metal_backend::MetalBackend;
use openvm_stark_backend::{proof::Proof, prover::ProvingContext};

use super::provers::Statement;
use crate::{aggregation::Node, execution::TracedSegment, Error, F, SC};

pub(super) enum Message {
    SegmentFound(Segment),
    ExecutionEnded(Result<(), Error>),
    StateReached {
        index: usize,
        result: Result<VmState<F>, Error>,
    },
    SegmentTraced {
        worker: usize,
        device: usize,
        index: usize,
        result: Result<Box<TracedSegment>, Error>,
    },
    NodeTraced {
        worker: usize,
        device: usize,
        node: Node,
        time: Duration,
        result: Result<ProvingContext<MetalBackend>, Error>,
    },
    Proven {
        worker: usize,
        device: usize,
        statement: Statement,
        time: Duration,
        result: Result<Proof<SC>, Error>,
    },
}
