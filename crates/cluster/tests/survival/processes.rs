//! Workers and coordinators as processes that can be killed: this test program, called once more.

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use openvm_metal_cluster::{
    prove, work, ClusterObserver, Error, Finished, Limits, Notice, Server, ServerOptions,
    WorkerEvent, WorkerOptions,
};
use openvm_metal_sdk::{Event, Observer};
use serde::{Deserialize, Serialize};

use crate::{
    fast::{proof, FastStatement, FastWorkshop, Faults, Task},
    nats::Nats,
};

impl Nats {
    pub async fn connect(&self) -> Server {
        Access::to(self).connect().await.unwrap()
    }

    /// The client alone.
    pub async fn client(&self) -> async_nats::jetstream::Context {
        async_nats::jetstream::new(async_nats::connect(self.url()).await.unwrap())
    }
}

/// What a process is to be, as JSON in this variable.
const ROLE: &str = "OPENVM_METAL_CLUSTER_TEST_ROLE";

/// Short, so that silence is noticed soon.
pub const ACK_WAIT: Duration = Duration::from_secs(2);

pub fn limits() -> Limits {
    Limits {
        ack_wait: ACK_WAIT,
        ..Limits::default()
    }
}

/// Something that happens to a worker at a point in a job's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Point {
    Fetched,
    Traced,
    Proven,
    Stored,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WorkerRole {
    pub name: String,
    pub faults: Faults,
    /// Kills itself there.
    pub dies_at: Option<Point>,
    /// Stops itself there, the first time.
    pub freezes_at: Option<Point>,
    pub memory_bytes: Option<u64>,
    pub metrics: Option<SocketAddr>,
}

#[derive(Serialize, Deserialize)]
enum Role {
    Worker(Access, WorkerRole),
    Coordinator(Access, Task),
}

/// How a process reaches its server.
#[derive(Clone, Serialize, Deserialize)]
pub struct Access {
    pub url: String,
    pub credentials: Option<PathBuf>,
    pub root_certificates: Option<PathBuf>,
}

impl Access {
    /// That of everybody.
    fn to(nats: &Nats) -> Self {
        Self {
            url: nats.url(),
            credentials: None,
            root_certificates: None,
        }
    }

    pub async fn connect(&self) -> Result<Server, Error> {
        let options = ServerOptions {
            url: self.url.clone(),
            credentials: self.credentials.clone(),
            root_certificates: self.root_certificates.clone(),
            ..ServerOptions::default()
        };
        Server::connect(&options, "process").await
    }
}

/// A process that ends with this.
pub struct Process(Child);

impl Process {
    fn start(role: &Role) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["processes::process_of_another_test", "--exact", "--ignored"]);
        // What it dies of is seen.
        command.arg("--nocapture");
        command.env(ROLE, serde_json::to_string(role).unwrap());
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }

    pub fn worker(nats: &Nats, role: WorkerRole) -> Self {
        Self::worker_with(Access::to(nats), role)
    }

    pub fn worker_with(access: Access, role: WorkerRole) -> Self {
        Self::start(&Role::Worker(access, role))
    }

    pub fn coordinator(nats: &Nats, task: &Task) -> Self {
        Self::start(&Role::Coordinator(Access::to(nats), task.clone()))
    }

    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    pub fn is_stopped(&self) -> bool {
        let path = Path::new("/proc")
            .join(self.0.id().to_string())
            .join("stat");
        let stat = fs::read_to_string(path).unwrap();
        stat.rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with('T'))
    }

    pub fn go_on(&self) {
        signal("-CONT", self.0.id());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Three workers, of which the first has this role.
pub fn workers(nats: &Nats, first: WorkerRole) -> Vec<Process> {
    let named = |name: &str| WorkerRole {
        name: name.to_owned(),
        ..WorkerRole::default()
    };
    let first = WorkerRole {
        name: "first".to_owned(),
        ..first
    };
    let roles = [first, named("second"), named("third")];
    roles.map(|role| Process::worker(nats, role)).into()
}

/// What the coordinator of a test noticed.
#[derive(Default)]
pub struct Log {
    pub notices: Vec<Notice>,
    pub n_proven: usize,
}

impl Observer for Log {
    fn on_event(&mut self, event: &Event) {
        let is_proven = matches!(
            event,
            Event::SegmentProven { .. } | Event::NodeProven { .. }
        );
        self.n_proven += usize::from(is_proven);
    }
}

impl ClusterObserver for Log {
    fn on_notice(&mut self, notice: &Notice) {
        self.notices.push(notice.clone());
    }
}

impl Log {
    pub fn has(&self, is: impl Fn(&Notice) -> bool) -> bool {
        self.notices.iter().any(is)
    }
}

/// Proves the task, with whatever workers there are.
pub async fn prove_task(server: &Server, task: &Task, log: &mut Log) -> Result<Finished, Error> {
    prove_within(limits(), server, task, log).await
}

pub async fn prove_within(
    limits: Limits,
    server: &Server,
    task: &Task,
    log: &mut Log,
) -> Result<Finished, Error> {
    let statement = Arc::new(FastStatement::new(task));
    prove(server, statement, limits, log).await
}

/// The proof is that of the task, whatever happened meanwhile, and nothing of it is left on the server.
pub async fn assert_proven(nats: &Nats, task: &Task, finished: Result<Finished, Error>) {
    assert_proof(task, finished);
    assert_no_jobs(nats).await;
}

/// The proof is that of the task.
pub fn assert_proof(task: &Task, finished: Result<Finished, Error>) {
    let finished = finished.unwrap();
    let segment = |number| proof(task, openvm_metal_cluster::JobName::Segment(number));
    let expected = match task.is_aggregated {
        false => (0..task.segments).map(segment).collect(),
        true => {
            let mut tree = openvm_metal_sdk::Tree::new(tree_config()).unwrap();
            (0..task.segments).for_each(|number| tree.add_segment(number, ()));
            tree.set_n_segments(task.segments);
            let (mut root, mut layer) = (None, 0);
            while tree.take_root().is_none() {
                for (node, _) in tree.take_ready() {
                    let openvm_metal_sdk::Node { layer: at, index } = node;
                    (root, layer) = (Some(node), at.max(layer));
                    tree.add_node(openvm_metal_sdk::Node { layer: at, index }, ());
                }
            }
            let root = root.unwrap();
            let (layer, index) = (root.layer, root.index);
            vec![proof(
                task,
                openvm_metal_cluster::JobName::Node { layer, index },
            )]
        }
    };
    assert!(finished.proofs == expected, "another proof");
    assert!(finished.last_segment == segment(task.segments - 1));
}

async fn assert_no_jobs(nats: &Nats) {
    let context = nats.client().await;
    let mut jobs = 0;
    let mut names = context.stream_names();
    while let Some(name) = futures_util::StreamExt::next(&mut names).await {
        let name = name.unwrap();
        if name.starts_with("openvm-metal-jobs") {
            jobs = context
                .get_stream(name)
                .await
                .unwrap()
                .cached_info()
                .state
                .messages;
        }
    }
    assert_eq!(jobs, 0, "jobs that are left");
}

fn tree_config() -> openvm_sdk::config::AggregationTreeConfig {
    openvm_sdk::config::AggregationTreeConfig {
        num_children_leaf: 2,
        num_children_internal: 2,
    }
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
#[ignore = "the other tests call it, as a process of its own"]
fn process_of_another_test() {
    let role = env::var(ROLE).expect("the other tests say what it is to be");
    let role: Role = serde_json::from_str(&role).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        match role {
            Role::Worker(access, role) => run_worker(&access, role).await,
            Role::Coordinator(access, task) => {
                let server = access.connect().await.unwrap();
                prove_task(&server, &task, &mut Log::default())
                    .await
                    .unwrap();
            }
        }
    });
}

async fn run_worker(access: &Access, role: WorkerRole) {
    let server = access.connect().await.unwrap();
    let (dies_at, freezes_at) = (role.dies_at, Mutex::new(role.freezes_at));
    let on_event = move |event: &WorkerEvent| {
        let point = match event {
            WorkerEvent::Fetched(_) => Point::Fetched,
            WorkerEvent::Traced(_) => Point::Traced,
            WorkerEvent::Proven(_) => Point::Proven,
            WorkerEvent::Stored(_) => Point::Stored,
            WorkerEvent::Confirmed(_) | WorkerEvent::Failed(..) => return,
        };
        if dies_at == Some(point) {
            signal("-KILL", process::id());
        }
        if freezes_at
            .lock()
            .unwrap()
            .take_if(|at| *at == point)
            .is_some()
        {
            signal("-STOP", process::id());
        }
    };
    let options = WorkerOptions {
        name: role.name,
        device: "none".to_owned(),
        memory_bytes: role.memory_bytes,
        jobs_at_once: 2,
        metrics: role.metrics,
        on_event: Arc::new(on_event),
    };
    work(server, FastWorkshop(role.faults), options)
        .await
        .unwrap();
}

fn signal(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args([signal, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
    // Until it arrives.
    std::thread::sleep(Duration::from_millis(200));
}
