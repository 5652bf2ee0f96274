//! Everything that can go wrong, with what to do about it and the exit code.

use std::{io, panic::AssertUnwindSafe, path::PathBuf};

use openvm_circuit::arch::{ExecutionError, StaticProgramError, VirtualMachineError};
use openvm_metal_backend::{GpuError, MetalError};
use openvm_sdk::SdkError;
use thiserror::Error;

/// Exit code of what was asked for well and still failed: the guest, the proof, the machine.
pub const FAILED: u8 = 1;
/// Exit code of what the user can mend: options, files, keys, configurations.
pub const MENDABLE: u8 = 2;

/// What went wrong. The text names the thing, the place, and where there is one the way out.
#[derive(Debug, Error)]
pub enum Error {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// What was there before is still there.
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    /// A file with the wrong contents.
    #[error("{} is not {what}: {reason}", path.display())]
    Broken {
        path: PathBuf,
        what: &'static str,
        reason: String,
    },
    /// A file that another command makes.
    #[error("cannot read the {what} {}: {source}\nrun `{command}` first to make it", path.display())]
    NotMadeYet {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
        command: &'static str,
    },
    #[error("the environment variable HOME is not set, so there is no ~/.openvm: name the file with {option}")]
    NoHome { option: &'static str },
    #[error("{0}")]
    NoPackage(String),
    #[error("{0}")]
    Usage(String),
    #[error("the guest package was not built{}: the messages above say why; `--exe FILE` takes one that is built", code.map(|code| format!(" (exit code {code})")).unwrap_or_default())]
    Build { code: Option<i32> },
    #[error("the VM configuration {name} defers computations, which is not supported yet: use `cargo openvm` for it")]
    Deferrals { name: String },
    #[error("{} does not fit the VM configuration: {reason}: enable the extension that the guest was built for in openvm.toml, and make its keys anew", path.display())]
    MissingExtension { path: PathBuf, reason: String },
    #[error("the guest program failed with exit code {code}{}", if *code == 1 { ", which is what a panic ends with" } else { "" })]
    GuestFailed { code: u32 },
    #[error(transparent)]
    Gpu(#[from] GpuError),
    #[error(transparent)]
    Engine(#[from] MetalError),
    #[error("the guest program read more input than it was given, at pc {pc:#x}: see --input")]
    TooLittleInput { pc: u32 },
    /// The prover's own.
    #[error(transparent)]
    Prover(openvm_metal_sdk::Error),
    /// The prover's own, about memory.
    #[error(
        "{0}\nuse a smaller --segment-max-memory, or a larger --memory-budget where there is more"
    )]
    NotEnoughMemory(openvm_metal_sdk::Error),
    /// What machines that share the work have to say.
    #[error(transparent)]
    Cluster(openvm_metal_cluster::Error),
    #[error("the proof in {} does not verify: {reason}", path.display())]
    NotVerified { path: PathBuf, reason: String },
    #[error("the proof that was just made does not verify, so it was not written: {0}\nthis should never happen: please report it")]
    WrongProof(String),
    /// Code of upstream's or of this program panicked.
    #[error("{what} stopped with a panic: {message}")]
    Panicked { what: &'static str, message: String },
    /// Upstream's words for something that has no better place.
    #[error("{what}: {reason}")]
    Upstream { what: &'static str, reason: String },
}

impl Error {
    /// 2 for what the user can mend, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        use openvm_metal_cluster::Error as Cluster;
        use openvm_metal_sdk::Error as Prover;
        match self {
            Self::GuestFailed { .. }
            | Self::TooLittleInput { .. }
            | Self::NotEnoughMemory(_)
            | Self::Stdout(_)
            | Self::NotVerified { .. }
            | Self::WrongProof(_)
            | Self::Panicked { .. }
            | Self::Upstream { .. } => FAILED,
            Self::Prover(
                Prover::Program(_)
                | Prover::Vm(_)
                | Prover::Engine(_)
                | Prover::Deferrals
                | Prover::Tree { .. }
                | Prover::Option { .. },
            ) => MENDABLE,
            Self::Prover(_) => FAILED,
            Self::Cluster(
                Cluster::Connect { .. } | Cluster::Credentials { .. } | Cluster::NoJetStream { .. },
            ) => MENDABLE,
            Self::Cluster(_) => FAILED,
            _ => MENDABLE,
        }
    }
}

impl From<openvm_metal_sdk::Error> for Error {
    fn from(error: openvm_metal_sdk::Error) -> Self {
        use openvm_metal_sdk::Error as Prover;
        match error {
            Prover::Execution(ExecutionError::Phantom { pc, inner, .. })
                if inner.to_string() == END_OF_INPUT =>
            {
                Self::TooLittleInput { pc }
            }
            Prover::Prover {
                error: MetalError::NotEnoughMemory { .. },
                ..
            } => Self::NotEnoughMemory(error),
            error => Self::Prover(error),
        }
    }
}

impl From<openvm_metal_cluster::Error> for Error {
    fn from(error: openvm_metal_cluster::Error) -> Self {
        match error {
            openvm_metal_cluster::Error::Prover(error) => error.into(),
            error => Self::Cluster(error),
        }
    }
}

/// The error of upstream's hint instructions, which are of no public type.
const END_OF_INPUT: &str = "EndOfInputStream";

impl From<VirtualMachineError> for Error {
    fn from(error: VirtualMachineError) -> Self {
        match error {
            VirtualMachineError::Execution(ExecutionError::FailedWithExitCode(code)) => {
                Self::GuestFailed { code }
            }
            error => openvm_metal_sdk::Error::from(error).into(),
        }
    }
}

impl From<StaticProgramError> for Error {
    fn from(error: StaticProgramError) -> Self {
        Self::Prover(error.into())
    }
}

impl From<SdkError> for Error {
    fn from(error: SdkError) -> Self {
        match error {
            SdkError::Vm(error) => error.into(),
            SdkError::Other(report) => match report.downcast::<VirtualMachineError>() {
                Ok(error) => error.into(),
                Err(report) => upstream("openvm-sdk", format!("{report:#}")),
            },
            error => upstream("openvm-sdk", error),
        }
    }
}

/// An error of upstream's that says enough in itself.
pub fn upstream(what: &'static str, reason: impl ToString) -> Error {
    Error::Upstream {
        what,
        reason: reason.to_string(),
    }
}

/// What `work` returns, or its panic as an error. Whatever `work` changes must not be used after an error.
pub fn caught<T>(what: &'static str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|message| (*message).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Err(Error::Panicked {
            what,
            message: message.unwrap_or_else(|| "no message".to_owned()),
        })
    })
}
