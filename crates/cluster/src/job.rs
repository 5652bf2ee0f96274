//! What travels: a proof's description, its jobs, and what workers made of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    hash::Hash,
    names::{self, JobName, VERSION},
};

/// What is to be proven. Its hash names the proof, so that whoever asks for the same proof again finds what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Version of this crate.
    pub version: String,
    /// For people: what the program is called.
    pub program: String,
    /// The program, its input and the keys, by what they are.
    pub objects: BTreeMap<String, Hash>,
    /// What must be the same wherever a part of it is proven: parameters, verifying keys.
    pub facts: BTreeMap<String, String>,
}

impl Description {
    /// The bytes whose hash names the proof.
    pub fn encode(&self) -> Vec<u8> {
        // Maps with strings as keys, and strings: nothing of that can fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The first thing that a worker with these facts has different, if there is any.
    pub fn difference(&self, facts: &BTreeMap<String, String>) -> Option<String> {
        let absent = String::from("none");
        let names = self.facts.keys().chain(facts.keys());
        let version = ("version", &self.version, &VERSION.to_owned());
        let difference = |(name, theirs, ours): (&str, &String, &String)| {
            (theirs != ours)
                .then(|| format!("{name}: the proof's is {theirs}, this worker's {ours}"))
        };
        let mut facts = names.map(|name| {
            let [theirs, ours] = [&self.facts, facts].map(|facts| facts.get(name));
            (
                &name[..],
                theirs.unwrap_or(&absent),
                ours.unwrap_or(&absent),
            )
        });
        difference(version).or_else(|| facts.find_map(difference))
    }
}

/// One job of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Job {
    /// A segment: where it lies in the execution.
    Segment {
        /// Its number.
        number: usize,
        /// Instructions before it.
        start: u64,
        /// Its length in instructions.
        instructions: u64,
        /// Heights of its traces, in the order of the key's AIRs.
        heights: Vec<u32>,
        /// Device memory that its proof may take, in bytes: an upper bound.
        device_bytes: u64,
    },
    /// A node of the aggregation tree.
    Node {
        /// 0 for leaves.
        layer: usize,
        /// Its number in the layer.
        index: usize,
        /// The proofs of its children, in order.
        children: Vec<Hash>,
    },
}

impl Job {
    /// Its name within its proof.
    pub fn name(&self) -> JobName {
        match *self {
            Self::Segment { number, .. } => JobName::Segment(number),
            Self::Node { layer, index, .. } => JobName::Node { layer, index },
        }
    }

    /// The queue that it waits in: by what it takes of a device.
    pub fn queue(&self) -> String {
        match *self {
            Self::Node { .. } => names::NODES.to_owned(),
            Self::Segment { device_bytes, .. } => segment_queue(device_bytes),
        }
    }

    /// Instructions that it proves.
    pub fn instructions(&self) -> u64 {
        match *self {
            Self::Segment { instructions, .. } => instructions,
            Self::Node { .. } => 0,
        }
    }
}

const SEGMENTS: &str = "segments-";

/// Steps of memory between a size and twice that.
const STEPS_AN_OCTAVE: f64 = 4.0;

fn segment_queue(device_bytes: u64) -> String {
    let mib = (device_bytes as f64 / (1 << 20) as f64).max(1.0);
    let step = (mib.log2() * STEPS_AN_OCTAVE).ceil();
    format!("{SEGMENTS}{step}")
}

/// The most that a job of a queue takes of a device, in MiB; nothing if it is no queue of this version.
pub fn queue_mib(queue: &str) -> Option<f64> {
    if queue == names::NODES {
        return Some(0.0);
    }
    let step: u32 = queue.strip_prefix(SEGMENTS)?.parse().ok()?;
    Some((f64::from(step) / STEPS_AN_OCTAVE).exp2())
}

/// A job on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobMessage {
    /// Hash of the proof's description.
    pub proof: Hash,
    /// What to do.
    pub job: Job,
    /// Workers that failed at it, or were found to give wrong proofs: others go first.
    pub not_for: Vec<String>,
    /// Of a segment, if there is one at its start or before it.
    pub checkpoint: Option<Checkpoint>,
}

/// A state of the execution that the store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Instructions before it.
    pub instructions: u64,
    /// The object.
    pub state: Hash,
}

/// What a worker made of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Which job.
    pub job: JobName,
    /// Which worker.
    pub worker: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// It is proven, and the proof is in the store.
    Proven {
        /// The proof's hash.
        proof: Hash,
        /// From the job's arrival to its traces, in ms.
        traced_ms: u64,
        /// From there to its proof, in ms.
        proven_ms: u64,
    },
    /// There is no proof.
    Failed {
        /// Why not.
        error: String,
    },
    /// The job was given out again and again, and whoever took it was not heard of any more.
    GivenUp {
        /// How often.
        error: String,
    },
    /// The proof has no room in the store.
    StoreFull {
        /// What the server said.
        error: String,
    },
}

/// A job that a worker has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeldJob {
    /// Hash of the proof's description.
    pub proof: Hash,
    /// Its name there.
    pub name: JobName,
    /// Subject under which the server is told what becomes of it.
    pub acknowledge: String,
}

/// What a worker says of itself, again and again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkerStatus {
    /// Its name.
    pub name: String,
    /// Version of this crate.
    pub version: String,
    /// What it proves on.
    pub device: String,
    /// Memory of that, in bytes, if it is known.
    pub memory_bytes: Option<u64>,
    /// Jobs that it takes at the same time.
    pub jobs_at_once: usize,
    /// The jobs it has.
    pub jobs: Vec<HeldJob>,
    /// Jobs done since it started.
    pub proven: u64,
    /// Jobs failed since it started.
    pub failed: u64,
    /// Instructions proven since it started.
    pub instructions: u64,
    /// Seconds since it started.
    pub seconds: u64,
}

/// How far a proof is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ProofStatus {
    /// Version of this crate.
    pub version: String,
    /// What the program is called.
    pub program: String,
    /// Segments found so far.
    pub segments: usize,
    /// Whether these are all.
    pub all_found: bool,
    /// Segments that are proven.
    pub segments_proven: usize,
    /// Nodes in all, if there are any and it is known.
    pub nodes: usize,
    /// Nodes that are proven.
    pub nodes_proven: usize,
    /// Instructions in the proven segments.
    pub instructions_proven: u64,
    /// Checkpoints in the store, for whoever goes on with the proof.
    #[serde(default)]
    pub checkpoints: Vec<Checkpoint>,
    /// When this was written, in seconds since 1970: old, if nobody waits for the proof any more.
    pub at: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs.map(|&(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    #[test]
    fn the_first_difference_is_named() {
        let mut description = Description {
            version: VERSION.to_owned(),
            program: String::new(),
            objects: BTreeMap::new(),
            facts: map(&[("key", "a"), ("parameters", "b")]),
        };
        let difference = |d: &Description, facts: &[_]| d.difference(&map(facts));
        let same = [("key", "a"), ("parameters", "b")];
        assert_eq!(difference(&description, &same), None);
        let other = difference(&description, &[("key", "a"), ("parameters", "c")]);
        assert_eq!(
            other.as_deref(),
            Some("parameters: the proof's is b, this worker's c")
        );
        assert!(difference(&description, &[("key", "a")]).is_some());
        let more = [("key", "a"), ("parameters", "b"), ("more", "d")];
        assert!(difference(&description, &more).is_some());
        description.version = "9.9.9".to_owned();
        let other = difference(&description, &same).unwrap();
        assert!(
            other.starts_with("version: the proof's is 9.9.9"),
            "{other}"
        );
    }

    #[test]
    fn queues_are_of_jobs_that_fit_into_the_same_memory() {
        for bytes in [0, 1, 1 << 20, (1 << 20) + 1, 7 << 30, 8 << 30, 1 << 40] {
            let mib = queue_mib(&segment_queue(bytes)).unwrap();
            let own = bytes as f64 / (1 << 20) as f64;
            assert!(
                mib >= own * 0.999 && mib <= own.max(1.0) * 1.2,
                "{bytes}: {mib}"
            );
        }
        assert_eq!(queue_mib(names::NODES), Some(0.0));
        assert_eq!(queue_mib("segments-"), None);
        assert_eq!(queue_mib("others"), None);
    }
}
