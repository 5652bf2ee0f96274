//! What is to be proven, for whoever hands out the work.

use openvm_metal_sdk::Tree;

use crate::{
    error::Error,
    hash::Hash,
    job::{Description, Job},
    names::JobName,
};

/// A program with its input, and how its proofs are checked.
pub trait Statement: Send + Sync + 'static {
    /// What it is. The same for the same program, input, keys and parameters, wherever and whenever.
    fn description(&self) -> &Description;

    /// An object of the description, by its name there.
    ///
    /// # Errors
    /// [`Error::Decode`] if there is none.
    fn object(&self, name: &str) -> Result<Vec<u8>, Error>;

    /// Executes the program to its end, and hands over each segment as soon as it is known, in their order, with what
    /// execution has reached then, until `on_segment` returns false. Takes its time.
    ///
    /// # Errors
    /// If the program does not end well.
    fn find_segments(
        &self,
        on_segment: &mut dyn FnMut(Job, &Reached<'_>) -> bool,
    ) -> Result<(), Error>;

    /// The tree over the segments, if there is to be one.
    fn tree(&self) -> Option<Tree<Hash>>;

    /// Waits for what checks need and is still in the making.
    ///
    /// # Errors
    /// If that cannot be made.
    fn prepare_checks(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Checks the proof of a job, and says where it begins and ends if it is a segment. Takes its time.
    ///
    /// # Errors
    /// If the proof is not what was asked for.
    fn check(&self, job: JobName, is_last: bool, proof: &[u8]) -> Result<Option<Ends>, Error>;
}

/// Where an execution is.
pub struct Reached<'e> {
    /// Instructions from the program's start.
    pub instructions: u64,
    /// Makes the bytes of the state there, which workers can go on from; nothing if there can be none, nor later.
    pub state: &'e dyn Fn() -> Option<Vec<u8>>,
}

/// Where a proven segment starts and ends, in the state of the machine: one goes on where the other ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Hash of the state before it.
    pub start: Hash,
    /// Hash of the state after it.
    pub end: Hash,
}
