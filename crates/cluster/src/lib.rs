//! Proofs of OpenVM guest programs shared by many machines, over NATS JetStream.
//!
//! Whoever wants a proof calls [`prove`], and any number of machines [`work`]; a NATS server between them keeps programs,
//! jobs and proofs, so that any of the three may die at any time. docs/cluster.md in the repository tells how to run it.

#![deny(missing_docs)]

mod address;
mod coordinator;
mod error;
mod hash;
mod job;
mod names;
mod objects;
mod openvm;
mod retry;
mod server;
mod status;
mod worker;

pub use coordinator::{prove, ClusterObserver, Ends, Finished, Limits, Notice, Reached, Statement};
pub use error::Error;
pub use hash::Hash;
pub use job::{Checkpoint, Description, HeldJob, Job, ProofStatus, WorkerStatus};
pub use names::{JobName, VERSION};
pub use objects::Objects;
pub use openvm::{AppProof, OpenVmProver, OpenVmStatement, OpenVmWorkshop, StarkProof};
pub use server::{Server, ServerOptions};
pub use status::{survey, Survey};
pub use worker::{work, Fetch, Prover, WorkerEvent, WorkerOptions, Workshop};
