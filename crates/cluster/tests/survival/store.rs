//! A store that is full, and a server without one.

use async_nats::jetstream::{object_store, stream};
use openvm_metal_cluster::{Error, Server, ServerOptions};

use crate::{
    fast::Task,
    nats::Nats,
    processes::{assert_proven, prove_task, workers, Log, WorkerRole},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_object_store_is_said_and_the_proof_goes_on_when_there_is_room() {
    let nats = Nats::start();
    let context = nats.client().await;
    let bucket = object_store::Config {
        bucket: "openvm-metal-objects".to_owned(),
        max_bytes: 400_000,
        ..object_store::Config::default()
    };
    context.create_object_store(bucket).await.unwrap();
    let _workers = workers(&nats, WorkerRole::default());
    let server = nats.connect().await;
    let task = Task {
        proof_bytes: 100_000,
        ..Task::default()
    };
    let error = prove_task(&server, &task, &mut Log::default()).await.err();
    assert!(matches!(error, Some(Error::StoreFull(_))), "{error:?}");
    let said = error.unwrap().to_string();
    for words in [
        "object store is full",
        "max_bytes",
        "OBJ_openvm-metal-objects",
    ] {
        assert!(said.contains(words), "{said}");
    }

    let name = "OBJ_openvm-metal-objects";
    let config = context
        .get_stream(name)
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    let config = stream::Config {
        max_bytes: 10_000_000,
        ..config
    };
    context.update_stream(config).await.unwrap();
    let mut log = Log::default();
    let proven = prove_task(&server, &task, &mut log).await;
    assert_proven(&nats, &task, proven).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_or_keeps_nothing_is_named() {
    let nats = Nats::without_jetstream();
    let options = ServerOptions {
        url: nats.url(),
        ..ServerOptions::default()
    };
    let error = Server::connect(&options, "test").await.err();
    assert!(
        matches!(error, Some(Error::NoJetStream { .. })),
        "{error:?}"
    );
    assert!(error.unwrap().to_string().contains(&nats.url()));
    drop(nats);
    let error = Server::connect(&options, "test").await.err();
    assert!(matches!(error, Some(Error::Connect { .. })), "{error:?}");
}
