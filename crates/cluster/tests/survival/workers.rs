//! Workers that die, freeze, lie, fail, or do not fit.

use std::time::Duration;

use openvm_metal_cluster::{Error, JobName, Limits, Notice};
use tokio::time::{sleep, timeout};

use crate::{
    fast::{Faults, Task},
    nats::Nats,
    processes::{
        assert_proven, prove_task, prove_within, until, workers, Log, Point, Process, WorkerRole,
        ACK_WAIT,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn three_workers_make_the_proof() {
    for is_aggregated in [false, true] {
        let nats = Nats::start();
        let _workers = workers(&nats, WorkerRole::default());
        let task = Task {
            is_aggregated,
            ..Task::default()
        };
        let mut log = Log::default();
        let proven = prove_task(&nats.connect().await, &task, &mut log).await;
        assert_proven(&nats, &task, proven).await;
        // 7 segments; 4 leaves, 2, 1, and one more that wraps.
        assert_eq!(log.n_proven, if is_aggregated { 15 } else { 7 });
        assert!(log.notices.is_empty(), "{:?}", log.notices);
    }
}

/// The first worker has this role, and is gone at the end.
async fn worker_dies_at(point: Point) {
    let nats = Nats::start();
    let role = WorkerRole {
        dies_at: Some(point),
        ..WorkerRole::default()
    };
    let mut workers = workers(&nats, role);
    let task = Task::default();
    let proven = prove_task(&nats.connect().await, &task, &mut Log::default()).await;
    assert_proven(&nats, &task, proven).await;
    until("the worker dies", || !workers[0].is_running()).await;
    assert!(workers[1..].iter_mut().all(Process::is_running));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_dies_when_it_has_fetched_a_job() {
    worker_dies_at(Point::Fetched).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_dies_when_it_has_made_traces() {
    worker_dies_at(Point::Traced).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_dies_when_it_has_made_a_proof() {
    worker_dies_at(Point::Proven).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_dies_when_it_has_stored_a_proof_and_not_confirmed_the_job() {
    worker_dies_at(Point::Stored).await;
}

/// The server knows that its connection is gone: nobody waits until its silence is noticed.
#[tokio::test(flavor = "multi_thread")]
async fn the_jobs_of_a_worker_that_is_gone_are_given_to_others_at_once() {
    let nats = Nats::start();
    let role = WorkerRole {
        dies_at: Some(Point::Traced),
        ..WorkerRole::default()
    };
    let _workers = workers(&nats, role);
    // Long enough for all its jobs to be told of before it dies.
    let task = Task {
        job_ms: 500,
        ..Task::default()
    };
    let hours = Limits {
        ack_wait: Duration::from_secs(3 * 3_600),
        ..Limits::default()
    };
    let (server, mut log) = (nats.connect().await, Log::default());
    let proving = prove_within(hours, &server, &task, &mut log);
    let proven = timeout(Duration::from_secs(100), proving).await;
    assert_proven(&nats, &task, proven.expect("nobody waits for hours")).await;
    let is_gone = |notice: &Notice| matches!(notice, Notice::Gone { worker, jobs } if worker == "first" && *jobs > 0);
    assert!(log.has(is_gone), "{:?}", log.notices);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_frozen_returns_late() {
    for point in [Point::Fetched, Point::Proven, Point::Stored] {
        let nats = Nats::start();
        let role = WorkerRole {
            freezes_at: Some(point),
            ..WorkerRole::default()
        };
        let mut workers = workers(&nats, role);
        let server = nats.connect().await;
        // Long enough to be at work when the worker returns.
        let task = Task {
            segments: 30,
            job_ms: 200,
            ..Task::default()
        };
        let mut log = Log::default();
        let proven = async {
            let wakes = async {
                until("the worker freezes", || workers[0].is_stopped()).await;
                sleep(2 * ACK_WAIT).await;
                workers[0].go_on();
            };
            let prove = prove_task(&server, &task, &mut log);
            tokio::join!(prove, wakes).0
        };
        let proven = proven.await;
        assert_proven(&nats, &task, proven).await;
        // It is as good as the others again.
        assert!(workers[0].is_running());
        drop(workers.split_off(1));
        let task = Task::default();
        let proven = prove_task(&server, &task, &mut log).await;
        assert_proven(&nats, &task, proven).await;
        assert!(!log.has(|notice| matches!(notice, Notice::WrongProof { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lies_is_found_out_and_the_others_make_the_proof() {
    let nats = Nats::start();
    let role = WorkerRole {
        faults: Faults {
            lies: true,
            ..Faults::default()
        },
        ..WorkerRole::default()
    };
    let _workers = workers(&nats, role);
    let (task, mut log) = (Task::default(), Log::default());
    let proven = prove_task(&nats.connect().await, &task, &mut log).await;
    assert_proven(&nats, &task, proven).await;
    let is_lie = |notice: &Notice| {
        matches!(notice, Notice::WrongProof { worker, error, .. }
            if worker == "first" && error.contains("the hash is another"))
    };
    assert!(log.has(is_lie), "{:?}", log.notices);
    assert!(log.notices.iter().all(is_lie), "{:?}", log.notices);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_every_worker_fails_at_ends_the_proof_with_their_errors() {
    let nats = Nats::start();
    let role = || WorkerRole {
        faults: Faults {
            fails_at: Some(3),
            ..Faults::default()
        },
        ..WorkerRole::default()
    };
    let named = |name: &str| WorkerRole {
        name: name.to_owned(),
        ..role()
    };
    let roles = ["first", "second", "third"].map(named);
    let bad = roles.map(|role| Process::worker(&nats, role));
    let server = nats.connect().await;
    let (task, mut log) = (Task::default(), Log::default());
    let error = prove_task(&server, &task, &mut log).await.err();
    let Some(Error::Failed { job, failures }) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*job, JobName::Segment(3));
    for words in [
        "worker first: ",
        "worker second: ",
        "worker third: ",
        "too much",
    ] {
        assert!(failures.contains(words), "{failures}");
    }

    // Others make it, and what was proven is still there.
    drop(bad);
    let _good = workers(&nats, WorkerRole::default());
    let mut log = Log::default();
    let proven = prove_task(&server, &task, &mut log).await;
    assert_proven(&nats, &task, proven).await;
    assert!(log.has(|notice| matches!(notice, Notice::Resumed { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_with_other_parameters_is_refused_and_the_difference_named() {
    let nats = Nats::start();
    let role = WorkerRole {
        name: "other".to_owned(),
        faults: Faults {
            has_other_parameters: true,
            ..Faults::default()
        },
        ..WorkerRole::default()
    };
    let _other = Process::worker(&nats, role);
    let server = nats.connect().await;
    let task = Task {
        segments: 2,
        ..Task::default()
    };
    let error = prove_task(&server, &task, &mut Log::default()).await.err();
    let difference = "parameters: the proof's is fast, this worker's slow";
    let failed = error.unwrap().to_string();
    assert!(failed.contains(difference), "{failed}");

    let _workers = workers(&nats, WorkerRole::default());
    let proven = prove_task(&server, &task, &mut Log::default()).await;
    assert_proven(&nats, &task, proven).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_takes_no_job_that_needs_more_memory_than_it_has() {
    let nats = Nats::start();
    let role = |name: &str, memory_bytes| WorkerRole {
        name: name.to_owned(),
        memory_bytes: Some(memory_bytes),
        // It would be found out.
        faults: Faults {
            lies: name == "small",
            ..Faults::default()
        },
        ..WorkerRole::default()
    };
    let _small = Process::worker(&nats, role("small", 1 << 30));
    let task = Task {
        device_bytes: 3 << 30,
        is_aggregated: false,
        ..Task::default()
    };
    let server = nats.connect().await;
    let mut log = Log::default();
    let proven = async {
        let large = async {
            sleep(Duration::from_secs(2)).await;
            Process::worker(&nats, role("large", 4 << 30))
        };
        tokio::join!(prove_task(&server, &task, &mut log), large)
    };
    let (proven, _large) = proven.await;
    assert_proven(&nats, &task, proven).await;
    assert!(!log.has(|notice| matches!(notice, Notice::WrongProof { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_are_delivered_twice_are_no_fault() {
    let nats = Nats::start();
    let server = nats.connect().await;
    let context = nats.client().await;
    let task = Task {
        job_ms: 100,
        ..Task::default()
    };
    let mut log = Log::default();
    let copy = async {
        // Before there is a worker, so that all segments are in the queue.
        sleep(Duration::from_secs(1)).await;
        let mut names = context.stream_names();
        let mut copied = 0;
        while let Some(name) = futures_util::StreamExt::next(&mut names).await {
            let name = name.unwrap();
            if !name.starts_with("openvm-metal-jobs") {
                continue;
            }
            let jobs = context.get_stream(name).await.unwrap();
            for sequence in 1..=task.segments as u64 {
                let job = jobs.get_raw_message(sequence).await.unwrap();
                let sent = context.publish(job.subject, job.payload).await.unwrap();
                sent.await.unwrap();
                copied += 1;
            }
        }
        assert_eq!(copied, task.segments);
        workers(&nats, WorkerRole::default())
    };
    let (proven, _workers) = tokio::join!(prove_task(&server, &task, &mut log), copy);
    assert_proven(&nats, &task, proven).await;
    assert_eq!(log.n_proven, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_every_worker_dies_of_ends_the_proof() {
    let nats = Nats::start();
    let server = nats.connect().await;
    let task = Task {
        segments: 1,
        is_aggregated: false,
        ..Task::default()
    };
    let victims = async {
        for number in 0..9 {
            let role = WorkerRole {
                name: format!("victim {number}"),
                dies_at: Some(Point::Traced),
                ..WorkerRole::default()
            };
            let mut victim = Process::worker(&nats, role);
            // The last one is not given the job any more, and says so.
            if number < 8 {
                until("the worker dies", || !victim.is_running()).await;
            } else {
                sleep(3 * ACK_WAIT).await;
                assert!(victim.is_running());
            }
        }
    };
    let mut log = Log::default();
    let (proven, ()) = tokio::join!(prove_task(&server, &task, &mut log), victims);
    let error = proven.err().unwrap().to_string();
    assert!(error.contains("segment 0"), "{error}");
    assert!(error.contains("given out 8 times"), "{error}");
}
