//! States that are kept elsewhere, so that an execution need not begin with the program's first instruction.

use std::time::{Duration, Instant};

use openvm_circuit::arch::{MemoryConfig, VmState};
use openvm_sdk::StdIn;
use tracing::warn;

use crate::{
    execution::{decode, encode, Boundaries},
    Error, F,
};

/// What an execution has reached when a segment is known: something after the segment's end.
pub struct Reached<'e> {
    pub(super) instructions: u64,
    /// If the program goes on.
    pub(super) state: Option<&'e VmState<F>>,
    pub(super) input: &'e StdIn,
}

impl Reached<'_> {
    /// Instructions from the program's start.
    pub fn instructions(&self) -> u64 {
        self.instructions
    }

    /// The state there, for a [`StoredState`]. Nothing if the program has ended, or if the state is more than bytes can
    /// tell: once a guest has drawn random numbers, their generator is a part of it. Takes as long as to read the
    /// guest's memory, with all cores.
    pub fn encode(&self) -> Option<Vec<u8>> {
        encode(self.state?, self.instructions, self.input)
    }
}

/// A state of an execution to go on from.
pub struct StoredState {
    /// Instructions before it.
    pub instructions: u64,
    /// Brings what [`Reached::encode`] made there, or says why not. It is called by the thread that executes, and only
    /// if executing to there takes longer than this took the last time.
    pub fetch: Box<dyn FnOnce() -> Result<Vec<u8>, String> + Send>,
}

/// The way to states: what executing and fetching take here.
pub(super) struct Way<'p> {
    memory: &'p MemoryConfig,
    instructions: u64,
    execution: Duration,
    last_fetch: Duration,
}

impl<'p> Way<'p> {
    pub(super) fn new(memory: &'p MemoryConfig) -> Self {
        Self {
            memory,
            instructions: 0,
            execution: Duration::ZERO,
            last_fetch: Duration::ZERO,
        }
    }

    /// Brings an execution to where it is after `to` instructions. A stored state that cannot be had is no error, as it
    /// only saves time.
    pub(super) fn go_to<'a>(
        &mut self,
        mut boundaries: Boundaries<'a>,
        to: u64,
        stored: Option<StoredState>,
        input: &StdIn,
    ) -> Result<Boundaries<'a>, Error> {
        let from = |boundaries: &Boundaries<'_>| match boundaries.executed() {
            executed if executed <= to => executed,
            _ => 0,
        };
        let saved = |stored: &StoredState| match stored.instructions {
            at if at <= to => at.saturating_sub(from(&boundaries)),
            _ => 0,
        };
        if let Some(stored) = stored.filter(|stored| self.takes_longer(saved(stored))) {
            let at = stored.instructions;
            let started = Instant::now();
            match self.fetch(stored, input) {
                Ok(state) => boundaries.put_at(at, state),
                Err(error) => warn!("executing instead of going on from instruction {at}: {error}"),
            }
            self.last_fetch = started.elapsed();
        }
        let from = from(&boundaries);
        let started = Instant::now();
        let boundaries = boundaries.go_to(to, input)?;
        self.execution += started.elapsed();
        self.instructions += to - from;
        Ok(boundaries)
    }

    /// Whether executing so many instructions takes longer than a state. As long as either is not known, it does.
    fn takes_longer(&self, instructions: u64) -> bool {
        let execution = self.execution.as_secs_f64() / self.instructions.max(1) as f64;
        let is_known = self.instructions > 0 && !self.last_fetch.is_zero();
        let fetch = self.last_fetch.as_secs_f64();
        instructions > 0 && (!is_known || execution * instructions as f64 > fetch)
    }

    fn fetch(&self, stored: StoredState, input: &StdIn) -> Result<VmState<F>, String> {
        let bytes = (stored.fetch)()?;
        let state = decode(&bytes, stored.instructions, self.memory, input);
        state.map_err(|error| error.to_string())
    }
}
