//! `cargo openvm-metal verify`: proofs against keys and commitments.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use openvm_circuit::arch::ContinuationVmProof;
use openvm_continuations::CommitBytes;
use openvm_metal_sdk::verify_app_proof;
use openvm_sdk::{
    keygen::AppVerifyingKey,
    types::{AppExecutionCommit, VerificationBaselineJson, VersionedVmStarkProof},
    CpuSdk, OPENVM_VERSION, SC,
};
use openvm_stark_backend::keygen::types::MultiStarkVerifyingKey;
use openvm_verify_stark_host::VmStarkProof;

use crate::{
    arguments::TargetArgs,
    console::Console,
    error::{caught, upstream, Error},
    files::{self, names, Project},
    proving::{APP_KEYS_COMMAND, SETUP_COMMAND},
};

/// Verify a proof
///
/// This is upstream's verifier, on the CPU.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct Verify {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    App(App),
    Stark(Stark),
}

/// Verify a proof of `prove app`
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo openvm-metal verify app                  the proof in this directory
  cargo openvm-metal verify app --app-commit     and that it is of this package's program
  cargo openvm-metal verify app --app-vk keys/app.vk --proof out.app.proof

Exit codes: 0 verified, 1 the proof does not verify, 2 a file is missing or broken")]
struct App {
    /// The app verifying key [default: openvm/app.vk of the package]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    app_vk: Option<PathBuf>,

    /// The proof [default: the one *.app.proof in this directory]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    proof: Option<PathBuf>,

    /// Check which program was proven, too, against what `commit` wrote
    /// [default FILE: openvm/PROFILE/NAME.commit.json of the package]
    #[arg(long, value_name = "FILE", num_args = 0..=1, help_heading = "OpenVM Options")]
    app_commit: Option<Option<PathBuf>>,

    #[command(flatten)]
    target: TargetArgs,
}

/// Verify a proof of `prove stark`
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo openvm-metal verify stark
  cargo openvm-metal verify stark --proof out.stark.proof --app-baseline out.baseline.json

Exit codes: 0 verified, 1 the proof does not verify, 2 a file is missing or broken")]
struct Stark {
    /// The internal-recursive verifying key [default: ~/.openvm/internal_recursive.vk; `setup` makes it]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    agg_vk: Option<PathBuf>,

    /// What the proof must be of: the baseline that `commit` wrote where you trust it
    /// [default: openvm/PROFILE/NAME.baseline.json of the package]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    app_baseline: Option<PathBuf>,

    /// The proof [default: the one *.stark.proof in this directory]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    proof: Option<PathBuf>,

    #[command(flatten)]
    target: TargetArgs,
}

impl Verify {
    pub fn run(&self, console: &Console) -> Result<(), Error> {
        match &self.kind {
            Kind::App(command) => command.run(console)?,
            Kind::Stark(command) => command.run(console)?,
        }
        console.result("Proof verified successfully!")
    }
}

impl App {
    fn run(&self, console: &Console) -> Result<(), Error> {
        let key = match &self.app_vk {
            Some(path) => path.clone(),
            None => Project::find(&self.target.manifest)?.openvm_file(names::APP_VK)?,
        };
        let key: AppVerifyingKey = files::read_made(&key, "app verifying key", APP_KEYS_COMMAND)?;
        let commit = self.app_commit.as_ref();
        let commit = commit
            .map(|path| self.read_commit(path.as_deref()))
            .transpose()?;
        let path = proof_path(self.proof.as_deref(), names::APP_PROOF_EXT)?;
        console.note(&format!("verifying the app proof {}", path.display()));
        let proof: ContinuationVmProof<SC> = files::read_object(&path, "an app proof")?;
        verified(&path, || {
            let found = CommitBytes::from(verify_app_proof(&key, &proof)?);
            match commit.map(|commit| commit.app_exe_commit) {
                Some(expected) if expected != found => Err(upstream(
                    "verifying",
                    format!("app commit mismatch: expected {expected}, the proof is of {found}"),
                )),
                _ => Ok(()),
            }
        })
    }

    fn read_commit(&self, named: Option<&Path>) -> Result<AppExecutionCommit, Error> {
        let path = named_or_of_target(named, &self.target, names::COMMIT_EXT)?;
        read_committed(&path, "the commitments to a program")
    }
}

impl Stark {
    fn run(&self, console: &Console) -> Result<(), Error> {
        let key = self
            .agg_vk
            .clone()
            .map_or_else(names::internal_recursive_vk, Ok)?;
        let key: MultiStarkVerifyingKey<SC> =
            files::read_made(&key, "internal-recursive verifying key", SETUP_COMMAND)?;
        let named = self.app_baseline.as_deref();
        let baseline = named_or_of_target(named, &self.target, names::BASELINE_EXT)?;
        let baseline: VerificationBaselineJson =
            read_committed(&baseline, "the baseline of a program")?;
        let path = proof_path(self.proof.as_deref(), names::STARK_PROOF_EXT)?;
        console.note(&format!("verifying the STARK proof {}", path.display()));
        const WHAT: &str = "a STARK proof of openvm 2.0";
        let proof: VersionedVmStarkProof = files::read_json(&path, WHAT)?;
        let version = format!("v{OPENVM_VERSION}");
        if proof.version != version {
            let made_with = &proof.version;
            console.note(&format!(
                "the proof was made with openvm {made_with}, this is {version}"
            ));
        }
        let broken = |reason: String| Error::Broken {
            path: path.clone(),
            what: WHAT,
            reason,
        };
        let decode = || VmStarkProof::try_from(proof).map_err(|error| broken(error.to_string()));
        let proof = caught("reading a proof", decode)?;
        verified(&path, || {
            Ok(CpuSdk::verify_proof(key, baseline.into(), &proof)?)
        })
    }
}

/// What the verifier says, also where it panics.
fn verified(path: &Path, verify: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    caught("verifying", verify).map_err(|error| Error::NotVerified {
        path: path.to_owned(),
        reason: match error {
            Error::Upstream { reason, .. }
            | Error::Prover(openvm_metal_sdk::Error::NotVerified(reason)) => reason,
            error => error.to_string(),
        },
    })
}

fn read_committed<T: serde::de::DeserializeOwned>(
    path: &Path,
    what: &'static str,
) -> Result<T, Error> {
    match files::read_json(path, what) {
        Err(Error::Read { path, source }) => Err(Error::NotMadeYet {
            what,
            path,
            source,
            command: "cargo openvm-metal commit",
        }),
        result => result,
    }
}

fn named_or_of_target(
    named: Option<&Path>,
    target: &TargetArgs,
    extension: &str,
) -> Result<PathBuf, Error> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let project = Project::find(&target.manifest)?;
    project.target_file(&target.profile, &project.single_target(target)?, extension)
}

/// The proof that is named, or the only one in this directory.
fn proof_path(named: Option<&Path>, extension: &str) -> Result<PathBuf, Error> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let here = Path::new(".");
    let unreadable = |source| Error::Read {
        path: here.to_owned(),
        source,
    };
    let mut found = vec![];
    for entry in fs::read_dir(here).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        if name.is_some_and(|name| name.ends_with(extension)) && path.is_file() {
            found.push(path);
        }
    }
    match found.pop() {
        Some(path) if found.is_empty() => Ok(path),
        Some(_) => Err(Error::Usage(format!(
            "there are several files *.{extension} here: choose one with --proof"
        ))),
        None => Err(Error::Usage(format!(
            "there is no file *.{extension} here: name one with --proof"
        ))),
    }
}
