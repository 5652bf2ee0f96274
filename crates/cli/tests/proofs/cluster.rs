//! Programs proven by workers in processes of their own, over a NATS server.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Stdio},
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use openvm_metal_sdk::aggregation_keygen;
use openvm_sdk::{
    config::AppConfig,
    fs::{read_object_from_file, write_object_to_file},
    keygen::AppProvingKey,
};
use openvm_sdk_config::SdkVmConfig;

use crate::{
    nats::Nats,
    support::{guest, input, Outcome, Place},
    toy_params,
};

/// Holds the tables and some 80,000 instructions.
const SHORT_SEGMENTS: [&str; 2] = ["--segment-max-memory", "600MB"];

struct Worker {
    process: Child,
    says: BufReader<ChildStderr>,
}

impl Worker {
    fn start(place: &Place, nats: &Nats, name: &str) -> Self {
        let mut command = place.command();
        command.args(["worker", "--nats", &nats.url(), "--name", name]);
        command.args(["--workers", "1"]);
        if let Ok(adapter) = env::var("OPENVM_METAL_ADAPTER") {
            command.args(["--adapter", &adapter]);
        }
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let says = BufReader::new(process.stderr.take().unwrap());
        let mut worker = Self { process, says };
        worker.wait_for("jobs at a time");
        worker
    }

    /// Reads what it says up to a line with these words.
    fn wait_for(&mut self, words: &str) {
        let mut said = String::new();
        while !said.lines().last().is_some_and(|line| line.contains(words)) {
            let n_bytes = self.says.read_line(&mut said).unwrap();
            assert!(n_bytes > 0, "no {words:?} in: {said}");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn app_key(place: &Place) -> AppProvingKey<SdkVmConfig> {
    let config = AppConfig::new(SdkVmConfig::riscv32(), toy_params::app_params());
    let key = AppProvingKey::keygen(config).unwrap();
    write_object_to_file(place.path("app.pk"), &key).unwrap();
    write_object_to_file(place.path("app.vk"), key.get_app_vk()).unwrap();
    key
}

fn prove(place: &Place, nats: &Nats, kind: &str, n: u64, options: &[&str]) -> Outcome {
    let (exe, n, url) = (guest("fibonacci"), input(n), nats.url());
    let prove = [
        "prove",
        kind,
        "--exe",
        &exe,
        "--input",
        &n,
        "--app-pk",
        "app.pk",
        "--cluster",
        &url,
    ];
    place.call(prove.iter().chain(options).chain(&SHORT_SEGMENTS))
}

fn jobs(place: &Place, nats: &Nats) -> String {
    place.call(["jobs", "--nats", &nats.url()]).succeeds()
}

fn until_it_has_a_segment(place: &Place, nats: &Nats, worker: &str) {
    let started = Instant::now();
    let has_one = |line: &str| line.contains(worker) && line.contains("segment");
    while !jobs(place, nats).lines().any(has_one) {
        assert!(started.elapsed() < Duration::from_secs(300), "no segment");
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn segments_are_proven_by_three_workers_of_which_one_dies() {
    let (place, nats) = (Place::new(), Nats::start());
    app_key(&place);
    let mut workers = ["first", "second", "third"].map(|name| Worker::start(&place, &nats, name));
    let proven = scope(|scope| {
        let proving = scope.spawn(|| prove(&place, &nats, "app", 20_000, &[]));
        until_it_has_a_segment(&place, &nats, "first");
        workers[0].process.kill().unwrap();
        proving.join().unwrap()
    });
    let said = proven.stderr.clone();
    proven.succeeds();
    assert!(said.contains("worker first is gone"), "{said}");

    let proof: openvm_circuit::arch::ContinuationVmProof<openvm_sdk::SC> =
        read_object_from_file(place.path("fibonacci.app.proof")).unwrap();
    let revealed = &proof.user_public_values.public_values[..8];
    let revealed: Vec<String> = revealed.iter().map(ToString::to_string).collect();
    assert_eq!(
        revealed,
        ["5", "233", "207", "55", "54", "230", "58", "195"]
    );
    assert!(proof.per_segment.len() >= 3, "{}", proof.per_segment.len());
    let verify = [
        "verify",
        "app",
        "--app-vk",
        "app.vk",
        "--proof",
        "fibonacci.app.proof",
    ];
    place.call(verify).succeeds();
    let jobs = jobs(&place, &nats);
    assert!(jobs.contains("second") && jobs.contains("third"), "{jobs}");
}

#[test]
#[ignore = "takes many minutes on a software adapter: the nightly workflow runs it"]
fn a_whole_program_is_proven_by_workers() {
    let (place, nats) = (Place::new(), Nats::start());
    let key = aggregation_keygen(&app_key(&place), toy_params::aggregation_params()).unwrap();
    let verifying_key = key.internal_recursive.get_vk();
    write_object_to_file(place.path("agg_prefix.pk"), key.prefix).unwrap();
    write_object_to_file(place.path("recursive.pk"), key.internal_recursive).unwrap();
    write_object_to_file(place.path("recursive.vk"), verifying_key).unwrap();
    let _workers = ["first", "second"].map(|name| Worker::start(&place, &nats, name));
    let options = [
        "--agg-prefix-pk",
        "agg_prefix.pk",
        "--agg-pk",
        "recursive.pk",
    ];
    prove(&place, &nats, "stark", 10_000, &options).succeeds();
    let verify = [
        "verify",
        "stark",
        "--agg-vk",
        "recursive.vk",
        "--app-baseline",
        "fibonacci.baseline.json",
        "--proof",
        "fibonacci.stark.proof",
    ];
    place.call(verify).succeeds();
}
