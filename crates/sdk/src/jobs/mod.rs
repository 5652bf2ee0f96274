//! Single jobs of a proof, for processes that share the work on it.
//!
//! [`HostProgram`] finds the segments and checks their proofs, without a GPU; [`Tree`](crate::Tree) says which nodes
//! can start. [`JobProver`] proves one segment, or one node, at a time; it executes to where the segment starts, or goes
//! on from a [`StoredState`] that [`HostProgram`] has come by.

mod checks;
mod commitment;
mod host;
mod prover;
mod states;
mod stored;

pub use checks::{ProofChecks, SegmentEnds};
pub use host::HostProgram;
pub use prover::{JobProof, JobProver, JobTracer, SegmentJob, TracedJob};
pub use stored::{Reached, StoredState};
