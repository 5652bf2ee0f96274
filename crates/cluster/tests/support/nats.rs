//! A NATS server of one's own, on a free port, with a store of its own.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use openvm_metal_cluster::{Server, ServerOptions};
use tempfile::TempDir;

/// A server that ends with this.
pub struct Nats {
    port: u16,
    store: TempDir,
    process: Child,
}

impl Nats {
    pub fn start() -> Self {
        Self::start_with(&JETSTREAM)
    }

    pub fn without_jetstream() -> Self {
        Self::start_with(&[])
    }

    fn start_with(options: &[&str]) -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let store = tempfile::tempdir().unwrap();
        let process = spawn(options, port, &store);
        Self {
            port,
            store,
            process,
        }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub async fn connect(&self) -> Server {
        let options = ServerOptions {
            url: self.url(),
            ..ServerOptions::default()
        };
        Server::connect(&options, "test").await.unwrap()
    }

    /// The client alone.
    pub async fn client(&self) -> async_nats::jetstream::Context {
        async_nats::jetstream::new(async_nats::connect(self.url()).await.unwrap())
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// The same one, with what it had stored.
    pub fn start_again(&mut self) {
        self.process = spawn(&JETSTREAM, self.port, &self.store);
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const JETSTREAM: [&str; 1] = ["-js"];

fn spawn(options: &[&str], port: u16, store: &TempDir) -> Child {
    let mut command = Command::new("nats-server");
    command
        .args(options)
        .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-sd"]);
    command
        .arg(store.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let process = command.spawn().unwrap_or_else(|error| {
        panic!("nats-server: {error}: scripts/test.sh installs it, as does `apt-get install nats-server`")
    });
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "nats-server does not answer"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    process
}
