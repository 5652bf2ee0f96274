//! Why there is no verified proof.

use std::fmt;

pub enum Failure {
    /// The command cannot be carried out here as it was given.
    Usage(String),
    /// Something that should have worked did not.
    Proof(String),
}

impl Failure {
    pub fn proof(what: &str, error: impl fmt::Display) -> Self {
        Self::Proof(format!("{what}: {error}"))
    }
}
