//! OpenVM programs proven by three workers in processes of their own, on the GPU that the environment names.
//!
//! On Linux: they need `nats-server`, and signals.

#![cfg(target_os = "linux")]

#[path = "../support/nats.rs"]
mod nats;
#[path = "../../../sdk/tests/guests/toy_params.rs"]
mod toy_params;

use std::{
    env, fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use openvm_circuit::arch::instructions::exe::VmExe;
use openvm_metal_backend::{GpuOptions, MetalDevice};
use openvm_metal_cluster::{
    prove, work, ClusterObserver, Limits, Notice, OpenVmStatement, OpenVmWorkshop, Server,
    ServerOptions, WorkerEvent, WorkerOptions,
};
use openvm_metal_sdk::{aggregation_keygen, Event, Observer, PipelineOptions, F};
use openvm_sdk::{
    config::{AggregationTreeConfig, AppConfig},
    keygen::AppProvingKey,
    prover::verify_app_proof,
    CpuSdk, StdIn,
};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder, TranspilerConfig};
use openvm_stark_backend::p3_field::PrimeField32;
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2CpuEngine;
use openvm_transpiler::{elf::Elf, openvm_platform::memory::MEM_SIZE, FromElf};

use nats::Nats;

/// Holds the tables and some 80,000 instructions.
const SHORT_SEGMENT_BYTES: usize = 600_000_000;

/// The address of the server, for a process that is to be a worker.
const WORKER_OF: &str = "OPENVM_METAL_CLUSTER_TEST_WORKER_OF";
/// Set for a worker that dies when it has made its first proof.
const DIES: &str = "OPENVM_METAL_CLUSTER_TEST_DIES";

fn guests() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests")
}

fn key() -> AppProvingKey<SdkVmConfig> {
    let toml = fs::read_to_string(guests().join("config/riscv32.toml")).unwrap();
    let config: AppConfig<SdkVmConfig> = toml::from_str(&toml).unwrap();
    let mut vm = config.app_vm_config;
    let system: &mut openvm_circuit::arch::SystemConfig = vm.as_mut();
    system.set_segmentation_max_memory(SHORT_SEGMENT_BYTES);
    AppProvingKey::keygen(AppConfig::new(vm, toy_params::app_params())).unwrap()
}

fn fibonacci(key: &AppProvingKey<SdkVmConfig>) -> VmExe<F> {
    let elf = fs::read(guests().join("elf/fibonacci.elf")).unwrap();
    let elf = Elf::decode(&elf, MEM_SIZE as u32).unwrap();
    VmExe::from_elf(elf, key.vm_config().transpiler()).unwrap()
}

fn input(n: u64) -> StdIn {
    let mut input = StdIn::default();
    input.write(&n);
    input
}

struct Worker(Child);

impl Worker {
    fn start(nats: &Nats, dies: bool) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["worker_of_another_test", "--exact", "--ignored"]);
        command.env(WORKER_OF, nats.url()).stdout(Stdio::null());
        if dies {
            command.env(DIES, "1");
        }
        Self(command.spawn().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[derive(Default)]
struct Log {
    notices: Vec<Notice>,
    segments: usize,
    nodes: usize,
}

impl Observer for Log {
    fn on_event(&mut self, event: &Event) {
        match event {
            Event::SegmentProven { .. } => self.segments += 1,
            Event::NodeProven { .. } => self.nodes += 1,
            _ => {}
        }
    }
}

impl ClusterObserver for Log {
    fn on_notice(&mut self, notice: &Notice) {
        self.notices.push(notice.clone());
    }
}

fn limits() -> Limits {
    Limits {
        ack_wait: Duration::from_secs(5),
        ..Limits::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_are_proven_by_three_workers_of_which_one_dies() {
    let nats = Nats::start();
    let mut workers = [true, false, false].map(|dies| Worker::start(&nats, dies));
    let key = key();
    let exe = fibonacci(&key);
    let statement =
        OpenVmStatement::new("fibonacci", SdkVmCpuBuilder, &key, None, exe, input(20_000));
    let statement = Arc::new(statement.unwrap());
    let mut log = Log::default();
    let server = nats.connect().await;
    let finished = prove(&server, statement.clone(), limits(), &mut log)
        .await
        .unwrap();

    let proof = finished.app_proof().unwrap();
    let exe_commit = verify_app_proof::<BabyBearPoseidon2CpuEngine>(&key.get_app_vk(), &proof);
    assert_eq!(exe_commit.unwrap(), statement.program().exe_commit());
    let revealed = &proof.user_public_values.public_values[..8];
    let revealed: Vec<_> = revealed.iter().map(F::as_canonical_u32).collect();
    assert_eq!(revealed, [0x05, 0xe9, 0xcf, 0x37, 0x36, 0xe6, 0x3a, 0xc3]);
    assert_eq!(log.segments, proof.per_segment.len());
    assert!(log.segments >= 3, "{} segments", log.segments);
    assert!(log.notices.is_empty(), "{:?}", log.notices);
    assert!(
        workers[0].0.try_wait().unwrap().is_some(),
        "the first worker is alive"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes many minutes on a software adapter: the nightly workflow runs it"]
async fn a_whole_program_is_proven_by_workers() {
    let nats = Nats::start();
    let _workers = [(); 2].map(|()| Worker::start(&nats, false));
    let key = key();
    let aggregation = aggregation_keygen(&key, toy_params::aggregation_params()).unwrap();
    let tree = AggregationTreeConfig {
        num_children_leaf: 2,
        num_children_internal: 2,
    };
    let (exe, aggregation) = (fibonacci(&key), Some((aggregation, tree)));
    let statement = OpenVmStatement::new(
        "fibonacci",
        SdkVmCpuBuilder,
        &key,
        aggregation,
        exe,
        input(10_000),
    );
    let statement = Arc::new(statement.unwrap());
    let mut log = Log::default();
    let server = nats.connect().await;
    let finished = prove(&server, statement.clone(), limits(), &mut log)
        .await
        .unwrap();

    let proof = finished.stark_proof().unwrap();
    let program = statement.program();
    let verifying_key = program.verifying_key().unwrap().as_ref().clone();
    CpuSdk::verify_proof(verifying_key, program.baseline().unwrap(), &proof).unwrap();
    assert!(
        log.segments >= 2 && log.nodes >= 4,
        "{} {}",
        log.segments,
        log.nodes
    );
    assert!(log.notices.is_empty(), "{:?}", log.notices);
}

#[test]
#[ignore = "the other tests call it, as a process of its own"]
fn worker_of_another_test() {
    let url = env::var(WORKER_OF).expect("the other tests say which server to work for");
    let dies = env::var_os(DIES).is_some();
    let device = MetalDevice::new(toy_params::app_params(), GpuOptions::from_env().unwrap());
    let workshop = OpenVmWorkshop::new(SdkVmCpuBuilder, device, PipelineOptions::default());
    let options = WorkerOptions {
        name: format!("worker-{}", std::process::id()),
        device: "the test's".to_owned(),
        memory_bytes: None,
        jobs_at_once: 1,
        metrics: None,
        on_event: Arc::new(move |event| {
            if dies && matches!(event, WorkerEvent::Proven(_)) {
                std::process::abort();
            }
        }),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = ServerOptions {
            url,
            ..ServerOptions::default()
        };
        let server = Server::connect(&server, &options.name).await.unwrap();
        work(server, workshop, options).await.unwrap();
    });
}
