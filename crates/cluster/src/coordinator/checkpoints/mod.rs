//! States of the execution in the store, so that workers need not execute from the program's start.
//!
//! They only save time, and nothing waits for them or fails with them: where one cannot be made, stored or fetched,
//! workers execute further. `policy` decides when one pays, by what execution and the last one took.

mod policy;

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{runtime::Handle, task::JoinHandle};
use tracing::{debug, info, warn};

use self::policy::{pays, Cost};
use super::statement::Reached;
use crate::{
    error::Error,
    hash::Hash,
    job::{Checkpoint, Job, ProofStatus},
    names,
    server::Server,
};

/// The checkpoints of one proof.
#[derive(Clone)]
pub(super) struct Checkpoints {
    server: Server,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    /// Those that the store has confirmed, by instructions before them.
    stored: BTreeMap<u64, Hash>,
    /// What the last one took.
    cost: Option<Cost>,
    /// One at a time.
    putting: Option<JoinHandle<()>>,
    /// There will be no more.
    is_over: bool,
    gave_way: Option<Instant>,
}

/// How long after making room the store may still have been full when a worker used it.
const GRACE: Duration = Duration::from_secs(10);

impl Checkpoints {
    /// With those that an earlier run of the same proof has left.
    pub(super) async fn of(server: Server, proof: &Hash) -> Self {
        let status = server.proofs.get(proof.to_string()).await;
        let status = status.inspect_err(|error| debug!("looking for checkpoints: {error}"));
        let status = status.ok().flatten();
        let status = status.and_then(|status| serde_json::from_slice::<ProofStatus>(&status).ok());
        let earlier = status.map_or(vec![], |status| status.checkpoints);
        let earlier = earlier.into_iter();
        let stored = earlier.map(|earlier| (earlier.instructions, earlier.state));
        let known = Known {
            stored: stored.collect(),
            ..Known::default()
        };
        Self {
            server,
            known: Arc::new(Mutex::new(known)),
        }
    }

    /// Whoever makes them, for the thread that executes.
    pub(super) fn maker(&self) -> Maker {
        Maker {
            checkpoints: self.clone(),
            runtime: Handle::current(),
            instructions: 0,
            execution: Duration::ZERO,
            going_since: Instant::now(),
        }
    }

    /// The newest that a job can go on from.
    pub(super) fn before(&self, job: &Job) -> Option<Checkpoint> {
        match *job {
            Job::Segment { start, .. } => self.known().up_to(start).next(),
            Job::Node { .. } => None,
        }
    }

    /// All that the store has.
    pub(super) fn all(&self) -> Vec<Checkpoint> {
        self.known().up_to(u64::MAX).collect()
    }

    /// Everything before `proven_to` is proven: removes those that no job can have any more. It can have the newest at
    /// its start, or the one before that if it was published just before the newest was stored.
    pub(super) async fn pass(&self, proven_to: u64) {
        let old: Vec<_> = self.known().up_to(proven_to).skip(2).collect();
        self.known()
            .stored
            .retain(|at, _| old.iter().all(|old| old.instructions != *at));
        self.delete(old).await;
    }

    /// There is no room for proofs: they go first. Says whether there is some now.
    pub(super) async fn give_way(&self) -> bool {
        self.stop().await;
        if self.remove().await > 0 {
            info!(
                "the object store is full: its checkpoints were removed, and there will be no more"
            );
            self.known().gave_way = Some(Instant::now());
        }
        let gave_way = self.known().gave_way;
        gave_way.is_some_and(|at| at.elapsed() < GRACE)
    }

    /// Makes no more, and removes those that there are if nobody needs them.
    pub(super) async fn end(&self, is_proven: bool) {
        self.stop().await;
        if is_proven {
            self.remove().await;
        }
    }

    async fn remove(&self) -> usize {
        let all = self.all();
        self.known().stored.clear();
        self.delete(all).await
    }

    /// One that was broken off would leave parts in the store that belong to nothing.
    async fn stop(&self) {
        let putting = {
            let mut known = self.known();
            known.is_over = true;
            known.putting.take()
        };
        if let Some(putting) = putting {
            // That it failed was said.
            let _ = putting.await;
        }
    }

    async fn delete(&self, checkpoints: Vec<Checkpoint>) -> usize {
        for Checkpoint { state, .. } in &checkpoints {
            if let Err(error) = self.server.objects.delete(state).await {
                debug!("{error}");
            }
        }
        checkpoints.len()
    }

    async fn put(&self, instructions: u64, state: Vec<u8>, encode: Duration) {
        let started = Instant::now();
        let stored = match self.has_room(state.len()).await {
            Ok(()) => self.server.objects.put(&state).await,
            Err(error) => Err(error),
        };
        let put = started.elapsed();
        let mut known = self.known();
        // One that failed took its time, too: the next one comes later.
        known.cost = Some(Cost { encode, put });
        match stored {
            Ok(hash) => {
                let bytes = state.len();
                info!(instructions, bytes, ?encode, ?put, "checkpoint");
                known.stored.insert(instructions, hash);
            }
            Err(error) => {
                warn!("no checkpoint after {instructions} instructions: {error}");
                known.is_over |= matches!(error, Error::StoreFull(_));
            }
        }
    }

    /// Half of the store is for what has to be there. A put that fails midway leaves its parts.
    async fn has_room(&self, bytes: usize) -> Result<(), Error> {
        let name = format!("OBJ_{}", names::OBJECTS);
        let stream = self.server.context.get_stream(name).await;
        let stream = stream.map_err(|error| Error::server("looking for room", error))?;
        let info = stream.cached_info();
        let needed = 2 * (info.state.bytes + bytes as u64);
        match u64::try_from(info.config.max_bytes) {
            Ok(limit) if limit > 0 && needed > limit => Err(Error::StoreFull(format!(
                "half of its {limit} bytes are for proofs"
            ))),
            _ => Ok(()),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The newest first.
    fn up_to(&self, instructions: u64) -> impl Iterator<Item = Checkpoint> + '_ {
        let stored = self.stored.range(..=instructions).rev();
        stored.map(|(&instructions, &state)| Checkpoint {
            instructions,
            state,
        })
    }

    fn is_putting(&self) -> bool {
        self.putting.as_ref().is_some_and(|put| !put.is_finished())
    }
}

/// Makes checkpoints while the program is executed.
pub(super) struct Maker {
    checkpoints: Checkpoints,
    runtime: Handle,
    /// Where execution was seen last.
    instructions: u64,
    /// How long it took from the last checkpoint, or from the program's start.
    execution: Duration,
    going_since: Instant,
}

impl Maker {
    /// Execution has come here, and stands as long as this takes.
    pub(super) fn passes(&mut self, reached: &Reached<'_>) {
        self.execution += self.going_since.elapsed();
        let came_from = mem::replace(&mut self.instructions, reached.instructions);
        let known = self.checkpoints.known();
        let last = known.up_to(reached.instructions).next();
        if last.is_some_and(|last| last.instructions > came_from) {
            // An earlier run has made it.
            self.execution = Duration::ZERO;
        }
        if !known.is_over && !known.is_putting() && pays(self.execution, known.cost) {
            drop(known);
            self.make(reached);
        }
        self.going_since = Instant::now();
    }

    fn make(&mut self, reached: &Reached<'_>) {
        let started = Instant::now();
        let state = (reached.state)();
        let encode = started.elapsed();
        let mut known = self.checkpoints.known();
        let Some(state) = state else {
            known.is_over = true;
            return;
        };
        self.execution = Duration::ZERO;
        let (checkpoints, instructions) = (self.checkpoints.clone(), reached.instructions);
        let put = async move { checkpoints.put(instructions, state, encode).await };
        // It may have ended meanwhile.
        if !known.is_over {
            known.putting = Some(self.runtime.spawn(put));
        }
    }
}
