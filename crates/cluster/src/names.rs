//! What everything on the server is called.
//!
//! Jobs and results carry this crate's version in their names, so that workers and proofs of different versions share
//! a server without meeting. Objects are called by their contents, and are everybody's.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// This crate's version, which workers and proofs must have in common.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Bucket of programs, inputs, keys and proofs.
pub const OBJECTS: &str = "openvm-metal-objects";
/// Bucket of what is known of each proof.
pub const PROOFS: &str = "openvm-metal-proofs";
/// Bucket of what each worker says of itself.
pub const WORKERS: &str = "openvm-metal-workers";

/// Nodes of aggregation trees, which every worker can take.
pub const NODES: &str = "nodes";

/// Stream of jobs that nobody has confirmed yet.
pub fn jobs_stream() -> String {
    format!("openvm-metal-jobs-{}", tag())
}

/// Stream of what workers made of jobs, in the order in which they said so.
pub fn results_stream() -> String {
    format!("openvm-metal-results-{}", tag())
}

/// Subjects of all jobs.
pub fn all_jobs() -> String {
    format!("openvm-metal.{}.jobs.>", tag())
}

/// Subjects of the jobs of one queue.
pub fn queue_jobs(queue: &str) -> String {
    format!("openvm-metal.{}.jobs.{queue}.>", tag())
}

/// Subjects of the jobs of one proof.
pub fn proof_jobs(proof: &Hash) -> String {
    format!("openvm-metal.{}.jobs.*.{proof}.*", tag())
}

/// Subject of one job: there is at most one message of it.
pub fn job(queue: &str, proof: &Hash, job: JobName) -> String {
    format!(
        "openvm-metal.{}.jobs.{queue}.{proof}.{}",
        tag(),
        job.token()
    )
}

/// Subjects of all results.
pub fn all_results() -> String {
    format!("openvm-metal.{}.results.*", tag())
}

/// Subject of the results of one proof.
pub fn results(proof: &Hash) -> String {
    format!("openvm-metal.{}.results.{proof}", tag())
}

/// Subjects under which the server tells what is put into a bucket.
pub fn puts(bucket: &str) -> String {
    format!("$KV.{bucket}.>")
}

/// Subject under which a worker listens as long as its process is there.
pub fn presence(worker: &str) -> String {
    format!("openvm-metal.{}.workers.{}", tag(), key(worker))
}

/// A name that a person chose, as a key, which is never empty.
pub fn key(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_=".contains(c);
    let letters = name.chars();
    let key: String = letters.map(|c| if allowed(c) { c } else { '_' }).collect();
    match key.is_empty() {
        true => "_".to_owned(),
        false => key,
    }
}

/// The version as a part of a name.
fn tag() -> String {
    VERSION.replace('.', "-")
}

/// A job within its proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum JobName {
    /// A segment, by its number.
    Segment(usize),
    /// A node of the aggregation tree.
    Node {
        /// 0 for leaves.
        layer: usize,
        /// Its number in the layer.
        index: usize,
    },
}

impl JobName {
    fn token(self) -> String {
        match self {
            Self::Segment(number) => format!("segment-{number}"),
            Self::Node { layer, index } => format!("node-{layer}-{index}"),
        }
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Segment(number) => write!(f, "segment {number}"),
            Self::Node { layer, index } => {
                let node = openvm_metal_sdk::Node { layer, index };
                write!(f, "the {node}")
            }
        }
    }
}
