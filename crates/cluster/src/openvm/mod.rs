//! OpenVM programs: what the coordinator and the workers do with them.

mod codec;
mod facts;
mod proof;
mod statement;
mod workshop;

pub use proof::{AppProof, StarkProof};
pub use statement::OpenVmStatement;
pub use workshop::{OpenVmProver, OpenVmWorkshop};

/// Names of a description's objects.
mod objects {
    pub(super) const PROGRAM: &str = "program";
    pub(super) const INPUT: &str = "input";
    pub(super) const APP_KEY: &str = "app proving key";
    pub(super) const AGGREGATION_KEY: &str = "aggregation proving key";
}
