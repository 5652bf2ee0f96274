//! A NATS server of one's own, on a free port, with a store of its own.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    ffi::OsString,
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A server that ends with this.
pub struct Nats {
    port: u16,
    directory: TempDir,
    options: Vec<OsString>,
    process: Child,
}

impl Nats {
    pub fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), |directory| {
            vec!["-js".into(), "-sd".into(), directory.into()]
        })
    }

    pub fn without_jetstream() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), |_| vec![])
    }

    /// With a configuration, whose files may lie in the directory that it is made for.
    pub fn with_config(config: impl FnOnce(&Path) -> String) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), |directory| {
            let path = directory.join("nats-server.conf");
            fs::write(&path, config(directory)).unwrap();
            vec!["-c".into(), path.into()]
        })
    }

    fn start_in(directory: TempDir, options: impl FnOnce(&Path) -> Vec<OsString>) -> Self {
        let options = options(directory.path());
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        Self {
            process: spawn(&options, port, directory.path()),
            port,
            directory,
            options,
        }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its configuration, if it has one, and its store are.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// The same one, with what it had stored.
    pub fn start_again(&mut self) {
        self.process = spawn(&self.options, self.port, self.directory.path());
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(options: &[OsString], port: u16, directory: &Path) -> Child {
    let log = directory.join("nats-server.log");
    let mut command = Command::new("nats-server");
    command
        .args(options)
        .args(["-a", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap());
    let process = command.spawn().unwrap_or_else(|error| {
        panic!("nats-server: {error}: scripts/test.sh installs it, as does `apt-get install nats-server`")
    });
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "nats-server does not answer: {}",
            fs::read_to_string(&log).unwrap()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    process
}
