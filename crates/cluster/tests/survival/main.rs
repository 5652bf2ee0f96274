//! Every process of a proof dies, freezes or lies, at every moment: a real server, workers and coordinators in processes
//! of their own, and a prover that takes milliseconds. The proof is always the same, or the error that is documented.
//!
//! On Linux: they need `nats-server`, and signals.

#![cfg(target_os = "linux")]

mod access;
mod checkpoints;
mod coordinators;
mod fast;
#[path = "../support/nats.rs"]
mod nats;
mod processes;
mod status;
mod store;
mod workers;
