//! `cargo openvm-metal bench`: proofs, measured phase by phase.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use openvm_metal_sdk::Observer;
use openvm_sdk::{config::AggregationTreeConfig, StdIn};

use super::keygen::app_keygen;
use crate::{
    arguments::{Arguments, CargoArgs, GuestArgs, KeyArgs, ProverArgs},
    bench::{Adapter, PeakMemory, Phases, Report, Run},
    console::Console,
    error::Error,
    files::Output,
    guest::{self, Guest, Input},
    proving::{load_agg_pk, load_app_pk, with_segment_memory, AppProver, Engine, StarkProver},
};

/// Measure proofs, phase by phase
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Bench {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    App(App),
    Stark(Stark),
}

/// Measure proofs as `prove app` makes them
///
/// No proof is kept. The first run, which compiles kernels, is shown apart. Busy times of segments that are made at the
/// same time are added up, so that they can exceed the time of the whole proof.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
struct App {
    /// The app proving key [default: one made for the benchmark if --config is given, else openvm/app.pk of
    /// the package]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    app_pk: Option<PathBuf>,

    #[command(flatten)]
    shared: Shared,
}

/// Measure proofs as `prove stark` makes them
///
/// No proof is kept. The first run, which compiles kernels, is shown apart. Busy times of segments that are made at the
/// same time are added up, so that they can exceed the time of the whole proof.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
struct Stark {
    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    shared: Shared,

    #[command(flatten)]
    tree: AggregationTreeConfig,
}

const EXAMPLES: &str = "\
Examples:
  cargo openvm-metal bench app --config openvm.toml --exe guest.elf --input 0x01a086010000000000
  cargo openvm-metal bench stark --runs 10 --export-json bench.json
  cargo openvm-metal bench app --engine cpu    upstream's prover, to compare with

Exit codes: 0 measured, 1 the program or a proof failed, 2 not started, 130 interrupted";

/// What both kinds need.
#[derive(Args)]
struct Shared {
    /// Measured proofs, after one that warms up
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,

    /// Write what was measured to this file, too, run by run
    #[arg(long, value_name = "FILE", help_heading = "Output Options")]
    export_json: Option<PathBuf>,

    #[command(flatten)]
    guest: GuestArgs,

    #[command(flatten)]
    prover: ProverArgs,

    #[command(flatten)]
    cargo: CargoArgs,
}

impl Bench {
    pub fn run(&self, all: &Arguments, console: &Console) -> Result<(), Error> {
        match &self.kind {
            Kind::App(command) => command.run(all, console),
            Kind::Stark(command) => command.run(all, console),
        }
    }
}

impl App {
    fn run(&self, all: &Arguments, console: &Console) -> Result<(), Error> {
        let shared = &self.shared;
        let (input, engine) = shared.open(console)?;
        let manifest = &shared.cargo.target.manifest;
        let key = match (&self.app_pk, &shared.guest.config.config) {
            (None, Some(config)) => {
                app_keygen(guest::read_config(Some(config), manifest, console)?)?
            }
            (app_pk, _) => load_app_pk(app_pk.as_ref(), manifest)?,
        };
        let key = with_segment_memory(key, engine.segment_memory_bytes(&shared.prover))?;
        let guest = guest::load(&shared.guest, &shared.cargo, key.vm_config(), all, console)?;
        let Guest { exe, name } = guest;
        let mut prover = AppProver::new(&engine, &key, exe)?;
        shared.measure(
            "app",
            &name.display().to_string(),
            &engine,
            console,
            |observer| Ok(prover.prove(input.clone(), observer)?.time),
        )
    }
}

impl Stark {
    fn run(&self, all: &Arguments, console: &Console) -> Result<(), Error> {
        let shared = &self.shared;
        let manifest = &shared.cargo.target.manifest;
        let (input, engine) = shared.open(console)?;
        let key = load_app_pk(self.keys.app_pk.as_ref(), manifest)?;
        let key = with_segment_memory(key, engine.segment_memory_bytes(&shared.prover))?;
        let agg_key = load_agg_pk(&self.keys, manifest)?;
        let guest = guest::load(&shared.guest, &shared.cargo, key.vm_config(), all, console)?;
        let Guest { exe, name } = guest;
        let mut prover = StarkProver::new(&engine, &key, agg_key, self.tree, exe)?;
        shared.measure(
            "stark",
            &name.display().to_string(),
            &engine,
            console,
            |observer| Ok(prover.prove(input.clone(), observer)?.time),
        )
    }
}

impl Shared {
    fn open(&self, console: &Console) -> Result<(StdIn, Engine), Error> {
        let input = Input::read(self.guest.input.as_ref())?;
        Ok((input, Engine::open(&self.prover, console)?))
    }

    fn measure(
        &self,
        kind: &'static str,
        program: &str,
        engine: &Engine,
        console: &Console,
        mut prove: impl FnMut(&mut dyn Observer) -> Result<Duration, Error>,
    ) -> Result<(), Error> {
        let output = self.export_json.as_deref().map(Output::new).transpose()?;
        console.note(&format!("{kind} proofs of {program} on {}", engine.name()));
        let mut measure_one = || -> Result<(Run, Phases), Error> {
            let memory = PeakMemory::watch();
            let mut phases = Phases::start();
            let mut run = Run::new(prove(&mut phases)?, &phases, engine.adapters().len());
            run.host_peak_bytes = memory.stop();
            run.device_peak_bytes = engine.device_peak_bytes();
            Ok((run, phases))
        };
        let say = |what: &str, run: &Run| {
            console.note(&format!("{what}: {:.3} s", run.wall_ns as f64 / 1e9));
        };
        let (warm_up, phases) = measure_one()?;
        say("warm-up", &warm_up);
        let is_told = phases.segments > 0;
        let mut report = Report {
            program: program.to_owned(),
            kind,
            adapter: engine.name(),
            adapters: engine.adapters().iter().map(Adapter::from).collect(),
            instructions: is_told.then_some(phases.instructions),
            segments: is_told.then_some(phases.segments),
            aggregation_nodes: is_told.then_some(phases.nodes),
            segment_max_memory_bytes: engine.segment_memory_bytes(&self.prover),
            warm_up,
            runs: vec![],
        };
        for i in 1..=self.runs {
            let (run, _) = measure_one()?;
            say(&format!("run {i} of {}", self.runs), &run);
            report.runs.push(run);
            if let Some(output) = &output {
                output.write_json(&report)?;
            }
        }
        console.result(&report.table())
    }
}
