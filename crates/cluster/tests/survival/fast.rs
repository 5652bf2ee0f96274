//! A prover whose proofs are hashes.

use std::{collections::BTreeMap, thread::sleep, time::Duration};

use bytes::Bytes;
use openvm_metal_cluster::{
    Description, Ends, Error, Fetch, Hash, Job, JobName, Prover, Reached, Statement, Workshop,
    VERSION,
};
use openvm_metal_sdk::{StoredState, Tree};
use openvm_sdk::config::AggregationTreeConfig;
use serde::{Deserialize, Serialize};

/// What is proven: a number of segments, and the tree over them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    pub segments: usize,
    pub is_aggregated: bool,
    /// Of each job, for its traces and again for its proof.
    pub job_ms: u64,
    pub proof_bytes: usize,
    /// Of one segment, as it is asked for.
    pub device_bytes: u64,
    /// How long it takes to execute a segment, the first time. No part of what is proven.
    pub execution_ms: u64,
    pub state_bytes: usize,
}

impl Default for Task {
    fn default() -> Self {
        Self {
            segments: 7,
            is_aggregated: true,
            job_ms: 20,
            proof_bytes: 1_000,
            device_bytes: 1 << 20,
            execution_ms: 0,
            state_bytes: 1_000,
        }
    }
}

impl Task {
    fn proven(&self) -> Self {
        Self {
            execution_ms: 0,
            ..self.clone()
        }
    }
}

pub struct FastStatement {
    task: Task,
    description: Description,
    text: Vec<u8>,
}

impl FastStatement {
    pub fn new(task: &Task) -> Self {
        let text = serde_json::to_vec(&task.proven()).unwrap();
        let facts = [("parameters".to_owned(), "fast".to_owned())];
        Self {
            task: task.clone(),
            description: Description {
                version: VERSION.to_owned(),
                program: "fast".to_owned(),
                objects: BTreeMap::from([("task".to_owned(), Hash::of(&text))]),
                facts: BTreeMap::from(facts),
            },
            text,
        }
    }
}

/// The proof of a job: its hash, and what makes it as long as proofs are.
pub fn proof(task: &Task, job: JobName) -> Vec<u8> {
    let mut proof = Hash::of(format!("{:?} {job:?}", task.proven()).as_bytes())
        .to_string()
        .into_bytes();
    proof.resize(task.proof_bytes.max(64), b'.');
    proof
}

/// The state of the execution after so many instructions.
pub fn state(task: &Task, instructions: u64) -> Vec<u8> {
    let mut state = format!("{:?} {instructions}", task.proven()).into_bytes();
    state.resize(task.state_bytes.max(state.len()), b'.');
    state
}

impl Statement for FastStatement {
    fn description(&self) -> &Description {
        &self.description
    }

    fn object(&self, _: &str) -> Result<Vec<u8>, Error> {
        Ok(self.text.clone())
    }

    fn find_segments(
        &self,
        on_segment: &mut dyn FnMut(Job, &Reached<'_>) -> bool,
    ) -> Result<(), Error> {
        for number in 0..self.task.segments {
            sleep(Duration::from_millis(self.task.execution_ms));
            let job = Job::Segment {
                number,
                start: 1_000 * number as u64,
                instructions: 1_000,
                heights: vec![],
                device_bytes: self.task.device_bytes,
            };
            let instructions = 1_000 * (number as u64 + 1);
            let reached = Reached {
                instructions,
                state: &|| Some(state(&self.task, instructions)),
            };
            if !on_segment(job, &reached) {
                break;
            }
        }
        Ok(())
    }

    fn tree(&self) -> Option<Tree<Hash>> {
        let config = AggregationTreeConfig {
            num_children_leaf: 2,
            num_children_internal: 2,
        };
        self.task.is_aggregated.then(|| Tree::new(config).unwrap())
    }

    fn check(&self, job: JobName, is_last: bool, bytes: &[u8]) -> Result<Option<Ends>, Error> {
        if bytes != proof(&self.task, job) {
            return Err(broken("the hash is another"));
        }
        let JobName::Segment(number) = job else {
            return Ok(None);
        };
        assert_eq!(is_last, number + 1 == self.task.segments);
        let state = |number: usize| Hash::of(&number.to_le_bytes());
        Ok(Some(Ends {
            start: state(number),
            end: state(number + 1),
        }))
    }
}

/// What a worker does wrong.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Faults {
    /// Gives wrong proofs.
    pub lies: bool,
    /// Fails at this segment.
    pub fails_at: Option<usize>,
    /// Fails at segments whose checkpoint is not there.
    pub needs_checkpoints: bool,
    /// Has other parameters.
    pub has_other_parameters: bool,
}

pub struct FastWorkshop(pub Faults);

pub struct FastProver {
    task: Task,
    faults: Faults,
}

impl Workshop for FastWorkshop {
    type Prover = FastProver;

    fn load(&mut self, description: &Description, fetch: Fetch<'_>) -> Result<FastProver, Error> {
        let own = match self.0.has_other_parameters {
            true => "slow",
            false => "fast",
        };
        let own = BTreeMap::from([("parameters".to_owned(), own.to_owned())]);
        match description.difference(&own) {
            Some(difference) => Err(Error::Refused(difference)),
            None => Ok(FastProver {
                task: serde_json::from_slice(&fetch("task")?).unwrap(),
                faults: self.0.clone(),
            }),
        }
    }
}

impl Prover for FastProver {
    type Bench = ();
    type Begun = (JobName, Option<StoredState>);
    type Traced = JobName;

    fn bench(_: usize) {}

    fn begin(
        &self,
        job: &Job,
        children: Vec<Bytes>,
        stored: Option<StoredState>,
    ) -> Result<Self::Begun, Error> {
        // The children are those of this node, in order.
        if let Job::Node { layer, index, .. } = *job {
            for (i, child) in children.iter().enumerate() {
                let index = 2 * index + i;
                let name = match layer {
                    0 => JobName::Segment(index),
                    _ => JobName::Node {
                        layer: layer - 1,
                        index,
                    },
                };
                if **child != proof(&self.task, name) {
                    return Err(broken("a child is another"));
                }
            }
        }
        Ok((job.name(), stored))
    }

    fn trace(&self, (): &mut (), (job, stored): Self::Begun) -> Result<JobName, Error> {
        if let Some(StoredState {
            instructions,
            fetch,
        }) = stored
        {
            match fetch() {
                Ok(bytes) if bytes == state(&self.task, instructions) => {}
                Ok(_) => return Err(broken("the state is another")),
                Err(error) if self.faults.needs_checkpoints => return Err(broken(&error)),
                Err(_) => {}
            }
        }
        sleep(Duration::from_millis(self.task.job_ms));
        match job {
            JobName::Segment(number) if self.faults.fails_at == Some(number) => {
                Err(broken("this segment is too much"))
            }
            job => Ok(job),
        }
    }

    fn prove(&self, (): &mut (), job: JobName) -> Result<Vec<u8>, Error> {
        sleep(Duration::from_millis(self.task.job_ms));
        let mut proof = proof(&self.task, job);
        if self.faults.lies {
            proof[0] ^= 1;
        }
        Ok(proof)
    }
}

fn broken(reason: &str) -> Error {
    Error::Decode {
        what: "a fast proof".to_owned(),
        reason: reason.to_owned(),
    }
}
