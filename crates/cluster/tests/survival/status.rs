//! What people and Prometheus see.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use openvm_metal_cluster::survey;
use tokio::time::sleep;

use crate::{
    fast::Task,
    nats::Nats,
    processes::{assert_proven, prove_task, Log, Process, WorkerRole},
};

#[tokio::test(flavor = "multi_thread")]
async fn proofs_and_workers_are_seen() {
    let nats = Nats::start();
    let server = nats.connect().await;
    let (task, mut log) = (Task::default(), Log::default());
    let free = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let look = async {
        // Without a worker, nothing happens.
        sleep(Duration::from_secs(2)).await;
        let waiting = survey(&server).await.unwrap();
        let role = WorkerRole {
            name: "a worker".to_owned(),
            metrics: Some(free),
            ..WorkerRole::default()
        };
        (waiting, Process::worker(&nats, role))
    };
    let (proven, (waiting, _worker)) = tokio::join!(prove_task(&server, &task, &mut log), look);
    assert_proven(&nats, &task, proven).await;
    assert_eq!((waiting.waiting, waiting.workers.len()), (7, 0));
    let [(_, status)] = &waiting.proofs[..] else {
        panic!("{waiting:?}");
    };
    assert_eq!(
        (status.segments, status.segments_proven, status.nodes),
        (7, 0, 8)
    );
    assert!(status.all_found && status.seconds_ago() < 60);

    sleep(Duration::from_secs(1)).await;
    let done = survey(&server).await.unwrap();
    assert_eq!((done.waiting, done.proofs.len()), (0, 0));
    let [worker] = &done.workers[..] else {
        panic!("{done:?}");
    };
    assert_eq!(worker.name, "a worker");
    assert_eq!(
        (worker.proven, worker.failed, worker.instructions),
        (15, 0, 7_000)
    );

    let mut client = TcpStream::connect(free).unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(
        answer.contains("\nopenvm_metal_jobs_proven_total 15\n"),
        "{answer}"
    );
}
