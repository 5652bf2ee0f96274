//! Proofs on up to a thousand machines, simulated: how long they take, what work is lost, and what goes through the
//! server that hands out the jobs.
//!
//! Everything is counted in whole microseconds and bytes, and every random number follows from the scenario's seed, so
//! that a scenario has the same outcome on every machine.

#![deny(missing_docs)]

mod cluster;
mod coordinator;
mod failures;
mod network;
mod outcome;
mod queue;
mod random;
mod scenario;
pub mod tables;
mod tree;
mod worker;

pub use cluster::simulate;
pub use outcome::Outcome;
pub use scenario::{Failures, Network, Phases, Policy, Scenario, Sizes, Span};
