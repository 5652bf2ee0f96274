//! What came of a scenario.

use crate::scenario::Micros;

/// What came of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// From the start to the proof.
    pub makespan: Micros,
    /// How often each job's proof was accepted: segments first, then nodes.
    pub accepted: Vec<u32>,
    /// Time of all GPUs for proofs that count.
    pub useful_gpu: Micros,
    /// For proofs that do not: made twice, wrong, or begun by a worker that died.
    pub wasted_gpu: Micros,
    /// Jobs given out again.
    pub redeliveries: u64,
    /// Proofs that the coordinator refused.
    pub refused: u64,
    /// Deaths of workers.
    pub deaths: u64,
    /// Instructions that workers executed to get to where their segments start.
    pub instructions_to_starts: u64,
    /// Messages that the server received or sent.
    pub messages: u64,
    /// Bytes that the server received or sent.
    pub bytes: u64,
    /// No proof can be there before: the program must be executed, its last segment proven, and what is above that.
    pub critical_path: Micros,
}

impl Outcome {
    /// No proof can be there before the GPUs have done what counts.
    pub fn work_bound(&self, workers: usize) -> Micros {
        self.useful_gpu / workers as u64
    }

    /// How much of the GPUs' time went into what counts, in thousandths.
    pub fn busy_per_mille(&self, workers: usize) -> u64 {
        self.useful_gpu * 1000 / (self.makespan * workers as u64).max(1)
    }

    /// How much of the GPUs' work was for nothing, in thousandths.
    pub fn wasted_per_mille(&self) -> u64 {
        self.wasted_gpu * 1000 / (self.useful_gpu + self.wasted_gpu).max(1)
    }
}
