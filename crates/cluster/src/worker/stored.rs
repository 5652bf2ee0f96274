//! A checkpoint as whoever executes wants it.

use openvm_metal_sdk::StoredState;
use tokio::runtime::Handle;

use crate::{job::Checkpoint, objects::Objects};

/// The checkpoint's state, to be fetched by a thread that is none of the runtime's. It is tried once: without it, it is
/// executed further.
pub(super) fn stored(objects: &Objects, checkpoint: Checkpoint) -> StoredState {
    let (objects, handle) = (objects.clone(), Handle::current());
    let fetch = move || {
        let fetched = handle.block_on(objects.get(&checkpoint.state));
        fetched.map(Vec::from).map_err(|error| error.to_string())
    };
    StoredState {
        instructions: checkpoint.instructions,
        fetch: Box::new(fetch),
    }
}
