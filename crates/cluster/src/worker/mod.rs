//! A worker: takes jobs from the server's queues, and puts proofs into its store.
//!
//! 1. `queue`: the next job that this worker has the memory for, nodes before segments, large segments before small.
//! 2. `hold`: as long as a job is worked at, the server is told so; it gives the job to another worker when it hears
//!    nothing.
//! 3. `bench`: threads that make traces and proofs. There are more of them than the device proves at once, so that it
//!    has work while they wait for the server.
//! 4. `job`: one job from its arrival to its confirmation. The proof is stored before its result is told, and that
//!    before the job is confirmed: whatever is interrupted is done again, by whomever.
//! 5. `programs`: what was fetched and loaded for the proofs at work.
//! 6. `stored`: states to go on from, which are fetched if that takes less time than to execute to them.

mod alive;
mod bench;
mod hold;
mod job;
mod metrics;
mod programs;
mod prover;
mod queue;
mod stored;

use std::{
    net::SocketAddr,
    sync::{atomic::AtomicU32, Arc},
    time::Duration,
};

use tokio::sync::Semaphore;
use tracing::info;

pub use job::WorkerEvent;
pub use prover::{Fetch, Prover, Workshop};

use crate::{error::Error, server::Server};
use alive::Alive;
use bench::Benches;
use job::Jobs;
use programs::Programs;
use queue::Queue;

/// What a worker is.
#[derive(Clone)]
pub struct WorkerOptions {
    /// Its name, which no other worker may have.
    pub name: String,
    /// What it proves on, for people.
    pub device: String,
    /// Memory of that, in bytes: it takes no jobs that may need more. Without, it takes all.
    pub memory_bytes: Option<u64>,
    /// Jobs that it takes at the same time. With one alone, the device waits between jobs.
    pub jobs_at_once: usize,
    /// Where Prometheus may ask for metrics.
    pub metrics: Option<SocketAddr>,
    /// Called when something happened to a job, by whichever thread.
    pub on_event: Arc<dyn Fn(&WorkerEvent) + Send + Sync>,
}

/// How often a worker says that it is there; more often while it has jobs whose time would run out.
const ALIVE_EVERY: Duration = Duration::from_secs(5);

/// Works until the process ends.
///
/// # Errors
/// [`Error::System`] if there can be no more threads, or the address for metrics is taken; [`Error::Server`] if the
/// connection is closed. Whatever befalls a job is told to whoever asked for it, and a server that is away is waited
/// for.
pub async fn work<W: Workshop>(
    server: Server,
    workshop: W,
    options: WorkerOptions,
) -> Result<(), Error> {
    let alive = Arc::new(Alive::new(&options));
    if let Some(address) = options.metrics {
        metrics::serve(address, alive.clone()).await?;
    }
    let jobs = Arc::new(Jobs {
        benches: Benches::start(options.jobs_at_once)?,
        programs: Programs::new(server.clone(), workshop),
        alive: alive.clone(),
        server: server.clone(),
        options: options.clone(),
        in_vain: AtomicU32::new(0),
    });
    alive::be_there(&server, &options.name).await?;
    tokio::spawn(alive::tell(server.clone(), alive.clone(), ALIVE_EVERY));
    let room = Arc::new(Semaphore::new(options.jobs_at_once));
    let mut queue = Queue::new(server, options.memory_bytes).await?;
    info!(worker = options.name, device = options.device, "ready");
    loop {
        // Never closed: it lives as long as this function.
        let Ok(permit) = room.clone().acquire_owned().await else {
            return Ok(());
        };
        jobs.rest().await;
        let message = queue.next().await;
        // In the order in which they come: what is behind in an execution is reached from what is before it.
        let Some(begun) = jobs.begin(message).await else {
            continue;
        };
        let jobs = jobs.clone();
        tokio::spawn(async move {
            jobs.finish(begun).await;
            drop(permit);
        });
    }
}
