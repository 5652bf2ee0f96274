//! Threads that execute the program: one to its end, to find the segments; one to where they start.

use std::sync::mpsc::{Receiver, Sender};

use openvm_circuit::arch::VmExecutor;
use openvm_sdk::StdIn;

use super::message::Message;
use crate::{
    execution::{find_segments, Boundaries},
    panic::caught,
    program::Program,
    Error, GuestVm,
};

/// The start of a segment that is wanted.
pub(super) struct StateRequest {
    pub(super) index: usize,
    /// Instructions before it.
    pub(super) instructions: u64,
}

/// Finds all segments.
pub(super) fn meter<B: GuestVm>(program: &Program<B>, input: StdIn, reply: &Sender<Message>) {
    let find = || {
        find_segments(&program.vm()?, &program.exe, input, |segment, _, _| {
            reply.send(Message::SegmentFound(segment)).is_ok()
        })
    };
    let result = caught(|| "executing the guest program".to_owned(), find);
    // Nobody is there any more if the proof failed elsewhere.
    let _ = reply.send(Message::ExecutionEnded(result));
}

/// Executes to the start of one segment after the other: in their order, unless some are wanted again.
pub(super) fn reach_states<B: GuestVm>(
    program: &Program<B>,
    input: StdIn,
    requests: &Receiver<StateRequest>,
    reply: &Sender<Message>,
) {
    let mut n_reached = 0;
    let reach = || {
        let executor =
            VmExecutor::new(program.config().clone()).map_err(|error| Error::Vm(error.into()))?;
        let mut boundaries = Boundaries::new(executor.instance(&program.exe)?, input.clone());
        for request in requests {
            n_reached = request.index;
            boundaries = boundaries.go_to(request.instructions, &input)?;
            let reached = Message::StateReached {
                index: request.index,
                result: Ok(boundaries.state()),
            };
            if reply.send(reached).is_err() {
                break;
            }
        }
        Ok(())
    };
    if let Err(error) = caught(|| "executing the guest program".to_owned(), reach) {
        let _ = reply.send(Message::StateReached {
            index: n_reached,
            result: Err(error),
        });
    }
}
