//! `cargo openvm-metal commit`: the commitments to a program and its VM.

use std::path::{Path, PathBuf};

use clap::Args;
use openvm_continuations::CommitBytes;
use openvm_sdk::{
    config::AggregationTreeConfig,
    types::{AppExecutionCommit, VerificationBaselineJson},
};
use serde::Serialize;

use crate::{
    arguments::{Arguments, CargoArgs, ConfigArgs, GuestArgs, KeyArgs},
    console::Console,
    error::Error,
    files::{artifact, names, Output},
    guest,
    proving::{load_agg_pk, load_app_pk, Engine, StarkProver},
};

/// Show the commitments to a program and its VM, and keep them for `verify`
///
/// Use it where proofs are verified that others made: NAME.commit.json is what `verify app
/// --app-commit` compares with, NAME.baseline.json what `verify stark` does. They are written to openvm/
/// of the package, or where there is none, to --output-dir alone.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo openvm-metal commit
  cargo openvm-metal commit --exe guest.vmexe --output-dir trusted

Exit codes: 0 done, 2 a file is missing or broken, or does not fit")]
pub struct Commit {
    /// A built program, .vmexe or ELF, instead of building the package
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    exe: Option<PathBuf>,

    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    cargo: CargoArgs,
}

impl Commit {
    pub fn run(&self, all: &Arguments, console: &Console) -> Result<(), Error> {
        let target = &self.cargo.target;
        let key = load_app_pk(self.keys.app_pk.as_ref(), &target.manifest)?;
        let agg_key = load_agg_pk(&self.keys, &target.manifest)?;
        let guest = GuestArgs {
            exe: self.exe.clone(),
            config: self.config.clone(),
            input: None,
        };
        let guest = guest::load(&guest, &self.cargo, key.vm_config(), all, console)?;
        let commit_outputs = self.outputs(&guest.name, names::COMMIT_EXT)?;
        let baseline_outputs = self.outputs(&guest.name, names::BASELINE_EXT)?;

        let tree = AggregationTreeConfig::default();
        let prover = StarkProver::new(&Engine::Cpu, &key, agg_key, tree, guest.exe)?;
        let baseline = prover.baseline();
        let commit = AppExecutionCommit {
            app_exe_commit: CommitBytes::from(baseline.app_exe_commit),
            app_vm_commit: CommitBytes::from(prover.vm_commit()),
        };
        console.result(&format!("exe commit: {}", commit.app_exe_commit))?;
        console.result(&format!("vm commit: {}", commit.app_vm_commit))?;
        write(&commit_outputs, "app commit", &commit, console)?;
        let baseline = VerificationBaselineJson::from(baseline);
        write(&baseline_outputs, "baseline", &baseline, console)
    }

    /// The places where a file is to be.
    fn outputs(&self, guest: &Path, extension: &str) -> Result<Vec<Output>, Error> {
        let of_package = artifact(&self.cargo.target, guest, extension);
        let directory = self.config.output_dir.as_deref();
        let name = match &of_package {
            Ok(path) => path.file_name().map(PathBuf::from).unwrap_or_default(),
            Err(_) => guest.with_extension(extension),
        };
        let copy = directory.map(|directory| directory.join(name));
        let paths = match (of_package, copy) {
            (Ok(path), copy) => vec![Some(path), copy],
            (Err(Error::NoPackage(_)), Some(copy)) => vec![Some(copy)],
            (Err(error), _) => return Err(error),
        };
        paths
            .iter()
            .flatten()
            .map(|path| Output::new(path))
            .collect()
    }
}

fn write(
    outputs: &[Output],
    what: &str,
    object: &impl Serialize,
    console: &Console,
) -> Result<(), Error> {
    for output in outputs {
        output.write_json(object)?;
        console.wrote(what, output.path());
    }
    Ok(())
}
