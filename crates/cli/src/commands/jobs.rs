//! `cargo openvm-metal jobs`: the proofs and workers of a NATS server.

use clap::Args;
use comfy_table::{presets, Table};
use openvm_metal_cluster::{survey, ProofStatus, Server, Survey, WorkerStatus};

use crate::{
    arguments::AccessArgs, console::Console, error::Error, progress::mhz, proving::runtime,
};
use std::time::Duration;

/// List the proofs in progress and the workers of a NATS server
///
/// A proof that nobody waits for any more is listed, too: asked for again, it goes on where it stands. Workers are listed
/// until they were silent for a minute.
#[derive(Args)]
#[command(after_help = "\
Example:
  cargo openvm-metal jobs --nats nats://server:4222

Exit codes: 0 listed, 1 the server did not answer, 2 there is no server, or no way in")]
pub struct Jobs {
    /// The server's address
    #[arg(long, value_name = "URL", help_heading = "Cluster Options")]
    nats: String,

    #[command(flatten)]
    access: AccessArgs,
}

impl Jobs {
    pub fn run(&self, console: &Console) -> Result<(), Error> {
        let survey = runtime()?.block_on(async {
            let options = self.access.server(&self.nats);
            let server = Server::connect(&options, "jobs").await?;
            Ok::<_, Error>(survey(&server).await?)
        })?;
        let Survey {
            proofs,
            workers,
            waiting,
        } = survey;
        let mut table = table(&["Proof", "Program", "Segments", "Nodes", "Heard of"]);
        for (proof, status) in &proofs {
            table.add_row(proof_row(&proof.short(), status));
        }
        console.result(&table.to_string())?;
        let mut table =
            self::table(&["Worker", "On", "Version", "Jobs", "Proven", "Failed", "MHz"]);
        for status in &workers {
            table.add_row(worker_row(status));
        }
        console.result(&table.to_string())?;
        console.result(&format!(
            "{waiting} jobs in the queues, given to workers or waiting"
        ))
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}

fn proof_row(proof: &str, status: &ProofStatus) -> [String; 5] {
    let all = if status.all_found { "" } else { " so far" };
    let seconds = status.seconds_ago();
    [
        proof.to_owned(),
        status.program.clone(),
        format!("{} of {}{all}", status.segments_proven, status.segments),
        match status.nodes {
            0 => String::new(),
            nodes => format!("{} of {nodes}", status.nodes_proven),
        },
        match seconds {
            0..=10 => "now".to_owned(),
            seconds => format!("{seconds} s ago"),
        },
    ]
}

fn worker_row(status: &WorkerStatus) -> [String; 7] {
    let jobs = status.jobs.iter().map(|job| job.name.to_string());
    let time = Duration::from_secs(status.seconds.max(1));
    [
        status.name.clone(),
        status.device.clone(),
        status.version.clone(),
        jobs.collect::<Vec<_>>().join("\n"),
        status.proven.to_string(),
        status.failed.to_string(),
        format!("{:.2}", mhz(status.instructions, time)),
    ]
}
