//! The states that segments start from, wherever they lie.

use std::sync::{
    mpsc::{Receiver, Sender},
    Arc,
};

use openvm_circuit::arch::{VmExecutor, VmState};
use openvm_sdk::StdIn;

use crate::{execution::Boundaries, panic::caught, program::Program, Error, GuestVm, F};

/// The start of a segment that is wanted.
pub(super) struct StateRequest {
    pub(super) input: Arc<StdIn>,
    /// Instructions before it.
    pub(super) instructions: u64,
    pub(super) reply: Sender<Result<VmState<F>, Error>>,
}

/// Executes to the start of one segment after the other. Where the next one lies further on in the same execution, it
/// goes on from the last; otherwise it starts again.
pub(super) fn reach_states<B: GuestVm>(program: &Program<B>, requests: &Receiver<StateRequest>) {
    let executor = VmExecutor::new(program.config().clone());
    let mut current: Option<(Arc<StdIn>, Boundaries<'_>)> = None;
    for request in requests {
        // The same configuration made the program's VM before.
        let Ok(executor) = &executor else { return };
        let last = current.take();
        let last = last.filter(|(input, _)| Arc::ptr_eq(input, &request.input));
        let reach = || {
            let boundaries = match last {
                Some((_, boundaries)) => boundaries,
                None => {
                    let interpreter = executor.instance(&program.exe)?;
                    Boundaries::new(interpreter, request.input.as_ref().clone())
                }
            };
            boundaries.go_to(request.instructions, &request.input)
        };
        let state = match caught(|| "executing the guest program".to_owned(), reach) {
            Ok(boundaries) => {
                let state = boundaries.state();
                current = Some((request.input, boundaries));
                Ok(state)
            }
            Err(error) => Err(error),
        };
        // Whoever asked may have gone.
        let _ = request.reply.send(state);
    }
}
