//! `cargo openvm-metal prove`: proofs of executions.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use openvm_continuations::CommitBytes;
use openvm_sdk::{
    config::AggregationTreeConfig,
    keygen::{AggProvingKey, AppProvingKey},
    types::{VerificationBaselineJson, VersionedVmStarkProof},
    StdIn,
};
use openvm_sdk_config::SdkVmConfig;
use openvm_verify_stark_host::{vk::VerificationBaseline, VmStarkProof};

use crate::{
    arguments::{
        AccessArgs, Arguments, CargoArgs, GuestArgs, KeyArgs, Mode, ProverArgs, TargetArgs,
    },
    console::Console,
    error::{upstream, Error},
    files::{artifact, names, Output},
    guest::{self, Guest, Input},
    progress::Progress,
    proving::{
        cluster_segment_memory_bytes, load_agg_pk, load_app_pk, with_segment_memory, AppProver,
        ClusterProver, Engine, StarkProver,
    },
};

/// Prove that a program was executed
///
/// Every proof is verified before it is written.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Prove {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    App(App),
    Stark(Stark),
}

/// Make a proof of each segment of the execution: quick to make, large
///
/// Use it to try a program out. The proof grows with the execution; `prove stark` makes one that does
/// not.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo openvm-metal prove app --input 0x010a00000000000000
  cargo openvm-metal prove app --exe guest.elf --app-pk keys/app.pk --proof out.app.proof
  cargo openvm-metal prove app --adapter radeon --memory-budget 6GiB    leave some for the desktop
  cargo openvm-metal prove app --segment-max-memory 4GiB --workers 1    on a machine of 16 GB
  cargo openvm-metal prove app --cluster nats://server:4222    by the workers of that server

Exit codes: 0 proven and verified, 1 the program or the proof failed, 2 not started, 130 interrupted")]
struct App {
    /// Where the proof goes [default: ./NAME.app.proof]
    #[arg(long, value_name = "FILE", help_heading = "Output Options")]
    proof: Option<PathBuf>,

    /// The app proving key [default: openvm/app.pk of the package; `keygen` makes it]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    app_pk: Option<PathBuf>,

    #[command(flatten)]
    shared: Shared,
}

/// Make one small proof of the whole execution
///
/// Needs the keys that `keygen` and `setup` make. Beside the proof, the baseline is written that it is
/// verified against: to openvm/ of the package, or where there is none, beside the proof.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo openvm-metal prove stark --input 0x010a00000000000000
  cargo openvm-metal prove stark --exe guest.elf --app-pk keys/app.pk --agg-prefix-pk keys/agg_prefix.pk
  cargo openvm-metal prove stark --cluster nats://server:4222    by the workers of that server

Exit codes: 0 proven and verified, 1 the program or the proof failed, 2 not started, 130 interrupted")]
struct Stark {
    /// Where the proof goes [default: ./NAME.stark.proof]
    #[arg(long, value_name = "FILE", help_heading = "Output Options")]
    proof: Option<PathBuf>,

    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    shared: Shared,

    #[command(flatten)]
    tree: AggregationTreeConfig,
}

/// What both kinds of proofs need.
#[derive(Args)]
struct Shared {
    #[command(flatten)]
    guest: GuestArgs,

    #[command(flatten)]
    prover: ProverArgs,

    /// Have the workers of the NATS server at this address make the proof (see `cargo openvm-metal worker`); this
    /// machine needs no GPU then. The same command goes on with a proof that was interrupted
    #[arg(
        long,
        value_name = "URL",
        help_heading = "Cluster Options",
        conflicts_with_all = ["engine", "adapter", "memory_budget", "host_memory", "workers", "host_traces"]
    )]
    cluster: Option<String>,

    #[command(flatten)]
    access: AccessArgs,

    #[command(flatten)]
    cargo: CargoArgs,

    /// Taken as by `cargo openvm`, without effect on proofs
    #[arg(long, value_enum, default_value_t = Mode::Pure, hide = true)]
    mode: Mode,
}

impl Prove {
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
        if let Some(url) = &shared.cluster {
            return self.run_on_cluster(url, all, console);
        }
        let input = Input::read(shared.guest.input.as_ref())?;
        let engine = Engine::open(&shared.prover, console)?;
        let key = load_app_pk(self.app_pk.as_ref(), &shared.cargo.target.manifest)?;
        let key = with_segment_memory(key, engine.segment_memory_bytes(&shared.prover))?;
        let guest = guest::load(&shared.guest, &shared.cargo, key.vm_config(), all, console)?;
        let output = proof_output(self.proof.as_deref(), &guest.name, names::APP_PROOF_EXT)?;

        let mut progress = Progress::start(console, &guest.name, &engine);
        let mut prover = AppProver::new(&engine, &key, guest.exe)?;
        progress.prover_is_ready();
        let exe_commit = CommitBytes::from(prover.exe_commit());
        console.result(&format!("exe commit: {exe_commit}"))?;
        let proof = prover.prove(input, &mut progress)?.proof;
        progress.finish();
        output.write_object(&proof)?;
        console.wrote("app proof", output.path());
        Ok(())
    }

    fn run_on_cluster(&self, url: &str, all: &Arguments, console: &Console) -> Result<(), Error> {
        let shared = &self.shared;
        let input = Input::read(shared.guest.input.as_ref())?;
        let key = load_app_pk(self.app_pk.as_ref(), &shared.cargo.target.manifest)?;
        let key = with_segment_memory(key, cluster_segment_memory_bytes(&shared.prover))?;
        let guest = guest::load(&shared.guest, &shared.cargo, key.vm_config(), all, console)?;
        let output = proof_output(self.proof.as_deref(), &guest.name, names::APP_PROOF_EXT)?;

        let mut progress = Progress::start_on_cluster(console, &guest.name, url);
        let prover = shared.cluster_prover(url, guest, key, None, input)?;
        progress.prover_is_ready();
        let proof = prover.prove_app(&mut progress)?;
        progress.finish();
        let exe_commit = CommitBytes::from(prover.exe_commit()?);
        console.result(&format!("exe commit: {exe_commit}"))?;
        output.write_object(&proof)?;
        console.wrote("app proof", output.path());
        Ok(())
    }
}

impl Stark {
    fn run(&self, all: &Arguments, console: &Console) -> Result<(), Error> {
        let shared = &self.shared;
        let target = &shared.cargo.target;
        if let Some(url) = &shared.cluster {
            return self.run_on_cluster(url, all, console);
        }
        let input = Input::read(shared.guest.input.as_ref())?;
        let engine = Engine::open(&shared.prover, console)?;
        let key = load_app_pk(self.keys.app_pk.as_ref(), &target.manifest)?;
        let key = with_segment_memory(key, engine.segment_memory_bytes(&shared.prover))?;
        let agg_key = load_agg_pk(&self.keys, &target.manifest)?;
        let guest = guest::load(&shared.guest, &shared.cargo, key.vm_config(), all, console)?;
        let output = proof_output(self.proof.as_deref(), &guest.name, names::STARK_PROOF_EXT)?;
        let baseline_output = baseline_output(target, &guest.name, output.path())?;

        let mut progress = Progress::start(console, &guest.name, &engine);
        let mut prover = StarkProver::new(&engine, &key, agg_key, self.tree, guest.exe)?;
        progress.prover_is_ready();
        let baseline = prover.baseline();
        let exe_commit = CommitBytes::from(baseline.app_exe_commit);
        console.result(&format!("exe commit: {exe_commit}"))?;
        let vm_commit = CommitBytes::from(prover.vm_commit());
        console.result(&format!("vm commit: {vm_commit}"))?;
        let proof = prover.prove(input, &mut progress)?.proof;
        progress.finish();
        write_stark(console, proof, baseline, &output, &baseline_output)
    }

    fn run_on_cluster(&self, url: &str, all: &Arguments, console: &Console) -> Result<(), Error> {
        let shared = &self.shared;
        let target = &shared.cargo.target;
        let input = Input::read(shared.guest.input.as_ref())?;
        let key = load_app_pk(self.keys.app_pk.as_ref(), &target.manifest)?;
        let key = with_segment_memory(key, cluster_segment_memory_bytes(&shared.prover))?;
        let agg_key = load_agg_pk(&self.keys, &target.manifest)?;
        let guest = guest::load(&shared.guest, &shared.cargo, key.vm_config(), all, console)?;
        let output = proof_output(self.proof.as_deref(), &guest.name, names::STARK_PROOF_EXT)?;
        let baseline_output = baseline_output(target, &guest.name, output.path())?;

        let mut progress = Progress::start_on_cluster(console, &guest.name, url);
        let aggregation = Some((agg_key, self.tree));
        let prover = shared.cluster_prover(url, guest, key, aggregation, input)?;
        progress.prover_is_ready();
        let proof = prover.prove_stark(&mut progress)?;
        progress.finish();
        let baseline = prover.baseline()?;
        let exe_commit = CommitBytes::from(baseline.app_exe_commit);
        console.result(&format!("exe commit: {exe_commit}"))?;
        if let Some(vm_commit) = prover.vm_commit() {
            console.result(&format!("vm commit: {}", CommitBytes::from(vm_commit)))?;
        }
        write_stark(console, proof, baseline, &output, &baseline_output)
    }
}

impl Shared {
    fn cluster_prover(
        &self,
        url: &str,
        guest: Guest,
        key: AppProvingKey<SdkVmConfig>,
        aggregation: Option<(AggProvingKey, AggregationTreeConfig)>,
        input: StdIn,
    ) -> Result<ClusterProver, Error> {
        let (server, name) = (self.access.server(url), guest.name.display().to_string());
        ClusterProver::new(server, &name, key, aggregation, guest.exe, input)
    }
}

fn write_stark(
    console: &Console,
    proof: VmStarkProof,
    baseline: VerificationBaseline,
    output: &Output,
    baseline_output: &Output,
) -> Result<(), Error> {
    let proof = VersionedVmStarkProof::new(proof);
    let proof = proof.map_err(|error| upstream("encoding the proof", error))?;
    baseline_output.write_json(&VerificationBaselineJson::from(baseline))?;
    console.wrote("baseline", baseline_output.path());
    output.write_json(&proof)?;
    console.wrote("STARK proof", output.path());
    Ok(())
}

fn proof_output(named: Option<&Path>, guest: &Path, extension: &str) -> Result<Output, Error> {
    match named {
        Some(path) => Output::new(path),
        None => Output::new(&guest.with_extension(extension)),
    }
}

/// In the package, or beside the proof where there is none.
fn baseline_output(target: &TargetArgs, guest: &Path, proof: &Path) -> Result<Output, Error> {
    match artifact(target, guest, names::BASELINE_EXT) {
        Err(Error::NoPackage(_)) if target.manifest.manifest_path.is_none() => {
            let name = guest.with_extension(names::BASELINE_EXT);
            Output::new(&proof.with_file_name(name))
        }
        path => Output::new(&path?),
    }
}
