//! From a program and its input to proofs, with host and device at work at the same time.
//!
//! The [coordinator](coordinator) alone knows how far everything is, and decides. Workers do one thing
//! at a time and send a message when it is done:
//!
//! 1. `executor`: one thread executes the program to its end and finds the segments, another executes
//!    to where each of them starts.
//! 2. `tracers`: several segments side by side, each executed once more with records; traces go to the
//!    device as they are made.
//! 3. `provers`: the engine proves what is on the device; each device has a queue of its own.
//! 4. `nodes`: the aggregation tree's nodes start as soon as their children are proven.

mod coordinator;
mod devices;
mod event;
mod executor;
mod load;
mod message;
mod nodes;
mod plan;
mod proof;
mod provers;
mod tracers;
mod workers;

pub use event::{Event, Observer};
pub use plan::PipelineOptions;
pub(crate) use plan::{Plan, PROOF_PER_TRACE};
pub(crate) use proof::Pipeline;
