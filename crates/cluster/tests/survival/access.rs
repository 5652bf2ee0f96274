//! Servers that let in only those they know: `deploy/nats-server.conf` as it is, with TLS and passwords, and credentials files.

use std::{fs, path::Path};

use data_encoding::BASE64URL_NOPAD;
use nkeys::KeyPair;
use openvm_metal_cluster::Error;
use serde_json::{json, Value};

use crate::{
    fast::Task,
    nats::Nats,
    processes::{assert_proof, prove_task, Access, Log, Process, WorkerRole},
};

/// Three workers and a coordinator make a proof, each let in by its own right.
async fn proves(worker: &Access, coordinator: &Access) {
    let named = |name: &str| WorkerRole {
        name: name.to_owned(),
        ..WorkerRole::default()
    };
    let server = coordinator.connect().await.unwrap();
    let workers = ["first", "second", "third"];
    let _workers = workers.map(|name| Process::worker_with(worker.clone(), named(name)));
    let (task, mut log) = (Task::default(), Log::default());
    let proven = prove_task(&server, &task, &mut log).await;
    assert_proof(&task, proven);
    // Nobody counts as gone who may not say that he is there.
    assert!(log.notices.is_empty(), "{:?}", log.notices);
}

/// The configuration in `deploy/`, with files and passwords in place of what is to be replaced.
fn deployed(directory: &Path) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/nats-server.conf");
    let mut config = fs::read_to_string(path).unwrap();
    let names = ["127.0.0.1".to_owned()];
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    let files = [
        ("server.pem", certified.cert.pem()),
        ("server-key.pem", certified.signing_key.serialize_pem()),
    ];
    let directory = directory.to_str().unwrap();
    for (name, text) in files {
        fs::write(Path::new(directory).join(name), text).unwrap();
    }
    for (from, to) in [
        ("/etc/nats", directory),
        ("/var/lib/nats", directory),
        // The port is an argument here.
        ("listen: 0.0.0.0:4222", ""),
        ("200GB", "100MB"),
        ("$2a$11$REPLACE", "secret"),
    ] {
        assert!(config.contains(from), "{from}");
        config = config.replace(from, to);
    }
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_and_the_rights_of_the_deployed_configuration_are_enough() {
    let nats = Nats::with_config(deployed);
    let certificate = nats.directory().join("server.pem");
    let access = |user: &str, password: &str| Access {
        url: format!("tls://{user}:{password}@127.0.0.1:{}", nats.port()),
        credentials: None,
        root_certificates: Some(certificate.clone()),
    };
    proves(
        &access("worker", "secret"),
        &access("coordinator", "secret"),
    )
    .await;

    let refused = |access: Access| async move {
        match access.connect().await.err() {
            Some(Error::Connect { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    };
    let reason = refused(access("worker", "guessed")).await;
    assert!(reason.contains("authorization"), "{reason}");
    let unknown = Access {
        root_certificates: None,
        ..access("worker", "secret")
    };
    let reason = refused(unknown).await;
    assert!(reason.contains("certificate"), "{reason}");
}

/// A token of NATS: claims about `subject`, signed by `issuer`.
fn token(issuer: &KeyPair, subject: &KeyPair, nats: Value) -> String {
    let header = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let claims = json!({
        "jti": subject.public_key(),
        "iat": 1_700_000_000,
        "iss": issuer.public_key(),
        "sub": subject.public_key(),
        "name": "test",
        "nats": nats,
    });
    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = issuer.sign(text.as_bytes()).unwrap();
    format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credentials_file_lets_in() {
    let [operator, system, account, user] = [
        KeyPair::new_operator(),
        KeyPair::new_account(),
        KeyPair::new_account(),
        KeyPair::new_user(),
    ];
    let unlimited = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1, "leaf": -1,
        "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let for_operator = token(
        &operator,
        &operator,
        json!({ "type": "operator", "version": 2 }),
    );
    let for_account = json!({ "type": "account", "version": 2, "limits": unlimited });
    let for_account = token(&operator, &account, for_account);
    let for_system = json!({ "type": "account", "version": 2 });
    let for_system = token(&operator, &system, for_system);
    let for_user = json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });
    let for_user = token(&account, &user, for_user);

    let nats = Nats::with_config(|directory| {
        let (system, account) = (system.public_key(), account.public_key());
        format!(
            "operator: {for_operator}
            system_account: {system}
            resolver: MEMORY
            resolver_preload: {{ {system}: {for_system}, {account}: {for_account} }}
            jetstream {{ store_dir: {directory:?} }}"
        )
    });
    let credentials = nats.directory().join("user.creds");
    let text = format!(
        "-----BEGIN NATS USER JWT-----\n{for_user}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        user.seed().unwrap()
    );
    fs::write(&credentials, text).unwrap();
    let access = Access {
        url: nats.url(),
        credentials: Some(credentials),
        root_certificates: None,
    };
    proves(&access, &access).await;

    let nobody = Access {
        credentials: None,
        ..access.clone()
    };
    assert!(matches!(
        nobody.connect().await.err(),
        Some(Error::Connect { .. })
    ));
    let absent = Access {
        credentials: Some(nats.directory().join("no.creds")),
        ..access
    };
    assert!(matches!(
        absent.connect().await.err(),
        Some(Error::Credentials { .. })
    ));
}
