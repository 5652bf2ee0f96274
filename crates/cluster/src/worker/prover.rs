//! Who does the work of a job.

use bytes::Bytes;
use openvm_metal_sdk::StoredState;

use crate::{
    error::Error,
    job::{Description, Job},
};

/// Makes provers of whatever proofs are asked for.
pub trait Workshop: Send + 'static {
    /// What it makes.
    type Prover: Prover;

    /// A prover for the proof with this description, whose objects `fetch` brings, by their names there. What several
    /// proofs have in common it may keep. Takes its time.
    ///
    /// # Errors
    /// [`Error::Refused`] if the description is of other parameters or keys than this worker has, and whatever is
    /// wrong with the objects.
    fn load(&mut self, description: &Description, fetch: Fetch<'_>) -> Result<Self::Prover, Error>;
}

/// Brings an object of a description.
pub type Fetch<'f> = &'f dyn Fn(&str) -> Result<Bytes, Error>;

/// Does the jobs of one proof.
pub trait Prover: Send + Sync + 'static {
    /// What a thread needs for it, and keeps from job to job.
    type Bench: 'static;
    /// A job that was begun.
    type Begun: Send;
    /// Its traces.
    type Traced;

    /// A bench for this thread, one of so many.
    fn bench(n_benches: usize) -> Self::Bench;

    /// Begins with a job, over the proofs of its children if it is a node, or from a state at or before its start if it
    /// is a segment and one is `stored`. Must not take long.
    ///
    /// # Errors
    /// [`Error::Decode`] if these are none.
    fn begin(
        &self,
        job: &Job,
        children: Vec<Bytes>,
        stored: Option<StoredState>,
    ) -> Result<Self::Begun, Error>;

    /// Its traces.
    ///
    /// # Errors
    /// Why there are none.
    fn trace(&self, bench: &mut Self::Bench, job: Self::Begun) -> Result<Self::Traced, Error>;

    /// Its proof.
    ///
    /// # Errors
    /// Why there is none.
    fn prove(&self, bench: &mut Self::Bench, traced: Self::Traced) -> Result<Vec<u8>, Error>;
}
