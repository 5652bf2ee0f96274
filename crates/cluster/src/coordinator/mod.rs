//! Whoever wants a proof: hands out its jobs, and checks what comes back.
//!
//! 1. `statement`: what is to be proven.
//! 2. `state`: how far it is; decides, and does nothing by itself.
//! 3. `publish`: jobs into the server's queues. There is at most one message of a job there, so whoever is not sure
//!    publishes it again: that is all it takes to go on after anything that died.
//! 4. `journal`: what workers said, in the order in which the server has it. A proof that is asked for again is where
//!    its journal says.
//! 5. `fleet`: which workers there are.
//! 6. `checkpoints`: states of the execution in the store, so that workers need not execute all of it.
//! 7. `run`: brings these together.

mod checkpoints;
mod fleet;
mod journal;
mod notice;
mod publish;
mod run;
mod state;
mod statement;

pub use notice::{ClusterObserver, Notice};
pub use run::{prove, Finished};
pub use state::Limits;
pub use statement::{Ends, Reached, Statement};
