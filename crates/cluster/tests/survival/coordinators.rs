//! A coordinator that is killed, and a server.

use std::time::{Duration, Instant};

use openvm_metal_cluster::Notice;
use tokio::time::sleep;

use crate::{
    fast::Task,
    nats::Nats,
    processes::{assert_proven, prove_task, workers, Log, Process, WorkerRole},
};

fn task() -> Task {
    Task {
        segments: 20,
        job_ms: 200,
        ..Task::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_coordinators_proof_goes_on_where_it_stood() {
    let nats = Nats::start();
    let _workers = workers(&nats, WorkerRole::default());
    let mut coordinator = Process::coordinator(&nats, &task());
    sleep(Duration::from_millis(2_000)).await;
    assert!(coordinator.is_running(), "the proof was too fast");
    coordinator.kill();
    // Its workers go on meanwhile.
    sleep(Duration::from_millis(300)).await;

    let mut log = Log::default();
    let proven = prove_task(&nats.connect().await, &task(), &mut log).await;
    assert_proven(&nats, &task(), proven).await;
    let resumed = |notice: &Notice| matches!(notice, Notice::Resumed { results } if *results > 0);
    assert!(log.has(resumed), "{:?}", log.notices);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_started_again_has_lost_nothing() {
    let mut nats = Nats::start();
    let mut workers = workers(&nats, WorkerRole::default());
    let server = nats.connect().await;
    let mut log = Log::default();
    let (task, restarts) = (task(), async {
        sleep(Duration::from_millis(1_000)).await;
        nats.kill();
        sleep(Duration::from_millis(1_000)).await;
        nats.start_again();
    });
    let started = Instant::now();
    let (proven, ()) = tokio::join!(prove_task(&server, &task, &mut log), restarts);
    assert!(
        started.elapsed() > Duration::from_millis(2_100),
        "the proof was too fast"
    );
    assert_proven(&nats, &task, proven).await;
    assert!(workers.iter_mut().all(Process::is_running));
}
