//! The states that segments start from, wherever they lie.

use std::sync::{
    mpsc::{Receiver, Sender},
    Arc,
};

use openvm_circuit::arch::{
    instructions::exe::VmExe, SystemConfig, VmBuilder, VmExecutor, VmState,
};
use openvm_sdk::StdIn;

use super::stored::{StoredState, Way};
use crate::{execution::Boundaries, panic::caught, vm::transport::HostEngine, Error, GuestVm, F};

/// The start of a segment that is wanted.
pub(super) struct StateRequest {
    pub(super) input: Arc<StdIn>,
    /// Instructions before it.
    pub(super) instructions: u64,
    /// Where to go on from, if that is nearest.
    pub(super) stored: Option<StoredState>,
    pub(super) reply: Sender<Result<VmState<F>, Error>>,
}

/// Executes to the start of one segment after the other, from what is nearest: the last one, if this one lies further
/// on in the same execution; a stored state; the program's start.
pub(super) fn reach_states<B: GuestVm>(
    config: &<B as VmBuilder<HostEngine>>::VmConfig,
    exe: &VmExe<F>,
    requests: &Receiver<StateRequest>,
) {
    let executor = VmExecutor::new(config.clone());
    let system: &SystemConfig = config.as_ref();
    let mut way = Way::new(&system.memory_config);
    let mut current: Option<(Arc<StdIn>, Boundaries<'_>)> = None;
    for request in requests {
        // The same configuration made the program's VM before.
        let Ok(executor) = &executor else { return };
        let StateRequest {
            input,
            instructions,
            stored,
            reply,
        } = request;
        let last = current.take();
        let last = last.filter(|(of, _)| Arc::ptr_eq(of, &input));
        let reach = || {
            let boundaries = match last {
                Some((_, boundaries)) => boundaries,
                None => Boundaries::new(executor.instance(exe)?, input.as_ref().clone()),
            };
            way.go_to(boundaries, instructions, stored, &input)
        };
        let state = match caught(|| "executing the guest program".to_owned(), reach) {
            Ok(boundaries) => {
                let state = boundaries.state();
                current = Some((input, boundaries));
                Ok(state)
            }
            Err(error) => Err(error),
        };
        // Whoever asked may have gone.
        let _ = reply.send(state);
    }
}

#[cfg(test)]
mod tests;
