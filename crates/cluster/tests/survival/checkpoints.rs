//! Checkpoints that are used, that are gone, and that take the room of proofs.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use async_nats::jetstream::object_store;
use openvm_metal_cluster::{Hash, VERSION};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    fast::{state, Faults, Task},
    nats::Nats,
    processes::{assert_proven, prove_task, workers, Log, Process, WorkerRole},
};

const BUCKET: &str = "openvm-metal-objects";

/// Executed for three seconds, so that there is one checkpoint.
fn slow_task() -> Task {
    Task {
        segments: 15,
        execution_ms: 200,
        is_aggregated: false,
        ..Task::default()
    }
}

/// A worker that proves nothing without the checkpoints of its jobs.
fn needing() -> WorkerRole {
    WorkerRole {
        name: "needing".to_owned(),
        faults: Faults {
            needs_checkpoints: true,
            ..Faults::default()
        },
        ..WorkerRole::default()
    }
}

/// Waits until all segments wait for workers, and returns the hashes of the checkpoints that their jobs carry.
async fn carried(nats: &Nats, task: &Task) -> BTreeSet<String> {
    let jobs = format!("openvm-metal-jobs-{}", VERSION.replace('.', "-"));
    let jobs = nats.client().await.get_stream(jobs).await.unwrap();
    let started = Instant::now();
    while jobs.get_info().await.unwrap().state.messages < task.segments as u64 {
        assert!(started.elapsed() < Duration::from_secs(60), "no jobs");
        sleep(Duration::from_millis(50)).await;
    }
    let (mut carried, mut n_without) = (BTreeSet::new(), 0);
    for sequence in 1..=task.segments as u64 {
        let message = jobs.get_raw_message(sequence).await.unwrap();
        let message: Value = serde_json::from_slice(&message.payload).unwrap();
        let checkpoint = &message["checkpoint"];
        if checkpoint.is_null() {
            n_without += 1;
            continue;
        }
        let instructions = checkpoint["instructions"].as_u64().unwrap();
        let start = message["job"]["Segment"]["start"].as_u64().unwrap();
        assert!(instructions <= start, "{message}");
        let hash = Hash::of(&state(task, instructions)).to_string();
        assert_eq!(checkpoint["state"], hash);
        carried.insert(hash);
    }
    assert!(!carried.is_empty() && n_without >= 8, "{n_without} without");
    carried
}

async fn is_there(nats: &Nats, object: &str) -> bool {
    let store = nats.client().await.get_object_store(BUCKET).await.unwrap();
    store.info(object).await.is_ok_and(|info| !info.deleted)
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_start_from_checkpoints_and_without_them_if_they_are_gone() {
    for are_lost in [false, true] {
        let (nats, task) = (Nats::start(), slow_task());
        let server = nats.connect().await;
        let work = async {
            let carried = carried(&nats, &task).await;
            let store = nats.client().await.get_object_store(BUCKET).await.unwrap();
            for object in &carried {
                assert!(is_there(&nats, object).await);
                if are_lost {
                    store.delete(object).await.unwrap();
                }
            }
            let role = match are_lost {
                false => needing(),
                true => WorkerRole::default(),
            };
            (carried, Process::worker(&nats, role))
        };
        let mut log = Log::default();
        let (proven, (carried, _worker)) = tokio::join!(prove_task(&server, &task, &mut log), work);
        assert_proven(&nats, &task, proven).await;
        assert!(log.notices.is_empty(), "{:?}", log.notices);
        for object in &carried {
            assert!(!is_there(&nats, object).await, "a checkpoint is left");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_coordinators_checkpoints_are_used_and_removed_by_the_next() {
    let (nats, task) = (Nats::start(), slow_task());
    let server = nats.connect().await;
    let mut coordinator = Process::coordinator(&nats, &task);
    let carried = carried(&nats, &task).await;
    // It has said what there is.
    sleep(Duration::from_millis(1_500)).await;
    coordinator.kill();
    let _worker = Process::worker(&nats, needing());
    // Too fast for checkpoints of its own.
    let task = Task {
        execution_ms: 0,
        ..task
    };
    let mut log = Log::default();
    let proven = prove_task(&server, &task, &mut log).await;
    assert_proven(&nats, &task, proven).await;
    assert!(log.notices.is_empty(), "{:?}", log.notices);
    for object in &carried {
        assert!(!is_there(&nats, object).await, "a checkpoint is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_give_way_to_proofs_when_the_store_is_full() {
    let nats = Nats::start();
    let bucket = object_store::Config {
        bucket: BUCKET.to_owned(),
        max_bytes: 1_000_000,
        ..object_store::Config::default()
    };
    let context = nats.client().await;
    context.create_object_store(bucket).await.unwrap();
    let server = nats.connect().await;
    // Either has room, and not both.
    let task = Task {
        proof_bytes: 55_000,
        state_bytes: 300_000,
        ..slow_task()
    };
    let work = async {
        carried(&nats, &task).await;
        workers(&nats, WorkerRole::default())
    };
    let mut log = Log::default();
    let (proven, _workers) = tokio::join!(prove_task(&server, &task, &mut log), work);
    assert_proven(&nats, &task, proven).await;
}
