//! `cargo openvm-metal worker`: this machine's GPU for proofs that others ask for.

use std::{net::SocketAddr, path::Path, process, sync::Arc};

use bytesize::ByteSize;
use clap::Args;
use openvm_metal_cluster::{work, OpenVmWorkshop, Server, WorkerEvent, WorkerOptions};
use openvm_sdk_config::SdkVmCpuBuilder;
use sysinfo::System;

use crate::{
    arguments::{parse_size, parse_workers, AccessArgs, EngineChoice, ProverArgs},
    console::Console,
    error::Error,
    interrupt,
    proving::{runtime, Engine},
};

/// Prove segments and nodes for whoever asks a NATS server for them
///
/// Start one on each machine, and as many as you like; start and stop them whenever you like. What a worker had in hand
/// when it stops is done by another. Programs, inputs and keys come from the server. Proofs are asked for with
/// `prove --cluster`. docs/cluster.md tells how to start a server, and what is trusted.
#[derive(Args)]
#[command(after_help = "\
Examples:
  nats-server -js -sd /var/lib/nats                                      a server, once
  cargo openvm-metal worker --nats nats://server:4222                    on each machine
  cargo openvm-metal worker --nats tls://server:4222 --nats-creds worker.creds
  cargo openvm-metal worker --nats nats://server --adapter radeon --memory-budget 6GiB
  cargo openvm-metal prove stark --cluster nats://server --input 0x010a00000000000000

Exit codes: 1 no more threads or memory, 2 not started: no server, no GPU, 130 interrupted")]
pub struct Worker {
    /// The server's address; several, separated by commas, of one NATS cluster
    #[arg(long, value_name = "URL", help_heading = "Cluster Options")]
    nats: String,

    /// This worker's name, which no other may have [default: the host's name and the process's number]
    #[arg(long, value_name = "NAME", help_heading = "Cluster Options")]
    name: Option<String>,

    /// Answer Prometheus at this address, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS", help_heading = "Cluster Options")]
    metrics_listen: Option<SocketAddr>,

    #[command(flatten)]
    access: AccessArgs,

    #[command(flatten)]
    prover: WorkerProverArgs,
}

/// What proves, and with how much of the machine.
#[derive(Args)]
#[command(next_help_heading = "Prover Options")]
struct WorkerProverArgs {
    /// The GPU, where there are several: its index, PCI address or a part of its name; also takes a software adapter
    /// such as llvmpipe (see `cargo openvm-metal adapters`). Start a worker for each [default: the first discrete, else integrated GPU]
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,

    /// Most GPU memory to use, such as 8GiB: jobs that may need more are left to others
    /// [default: 95 % of a GPU's own memory, 66 % of the machine's where they share it]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    memory_budget: Option<ByteSize>,

    /// Host memory for segments in the making, such as 12GiB: lower it if the machine starts to swap
    /// [default: two thirds of the machine's]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    host_memory: Option<ByteSize>,

    /// Jobs in hand at the same time, so that the GPU proves one while the host makes the traces of others
    /// [default: as many as there are cores, or as host memory allows, and at most 12]
    #[arg(long, value_name = "N", value_parser = parse_workers)]
    workers: Option<usize>,

    /// Make all traces on the host, also those that the GPU makes otherwise, from records of the execution
    #[arg(long)]
    host_traces: bool,
}

/// Enough for the GPU to be at work all the time; more would be lost with this worker, and missed by others.
const MOST_JOBS: usize = 12;

impl Worker {
    pub fn run(&self, console: &Console) -> Result<(), Error> {
        let engine = Engine::open(&self.prover.engine_args(), console)?;
        let device_name = engine.name();
        let Engine::Gpu {
            mut devices,
            pipeline,
            ..
        } = engine
        else {
            unreachable!("the engine is a GPU");
        };
        let (Some(device), true) = (devices.pop(), devices.is_empty()) else {
            return Err(Error::Usage(format!(
                "a worker has one GPU, and these are {device_name}: start a worker for each, with --adapter"
            )));
        };
        let memory = device.memory_use().ok();
        let memory_bytes = memory.and_then(|memory| memory.available_bytes);
        let (at_once, _) = pipeline.segments_at_once()?;
        let jobs_at_once = self.prover.workers.unwrap_or(at_once.clamp(2, MOST_JOBS));
        let name = self.name.clone().unwrap_or_else(default_name);
        interrupt::say("the jobs that this worker had in hand are done by others");
        runtime()?.block_on(async {
            let options = self.access.server(&self.nats);
            let server = Server::connect(&options, &name).await?;
            console.note(&format!(
                "worker {name} on {device_name}, for {}: up to {jobs_at_once} jobs at a time",
                options.shown_url()
            ));
            let console = *console;
            let options = WorkerOptions {
                name,
                device: device_name,
                memory_bytes,
                jobs_at_once,
                metrics: self.metrics_listen,
                on_event: Arc::new(move |event| match event {
                    WorkerEvent::Confirmed(job) => console.note(&format!("proved {job}")),
                    WorkerEvent::Failed(job, error) => {
                        console.note(&format!("failed at {job}: {error}"));
                    }
                    _ => {}
                }),
            };
            let workshop = OpenVmWorkshop::new(SdkVmCpuBuilder, device, pipeline);
            Ok(work(server, workshop, options).await?)
        })
    }
}

impl WorkerProverArgs {
    fn engine_args(&self) -> ProverArgs {
        ProverArgs {
            engine: EngineChoice::Gpu,
            adapter: self.adapter.iter().cloned().collect(),
            memory_budget: self.memory_budget,
            host_memory: self.host_memory,
            workers: self.workers,
            host_traces: self.host_traces,
            segment_max_memory: None,
        }
    }
}

fn default_name() -> String {
    let host = System::host_name().unwrap_or_else(|| "worker".to_owned());
    // Without a domain.
    let host = Path::new(&host)
        .file_stem()
        .map(|name| name.to_string_lossy().into_owned());
    format!("{}-{}", host.unwrap_or_default(), process::id())
}
