//! The guest's code: an ELF, what `cargo openvm build` made of one, or a package to build.

use std::path::{Path, PathBuf};

use openvm_circuit::arch::instructions::exe::VmExe;
use openvm_sdk::F;
use openvm_sdk_config::{SdkVmConfig, TranspilerConfig};
use openvm_transpiler::{
    elf::Elf, openvm_platform::memory::MEM_SIZE, transpiler::TranspilerError, FromElf,
};

use super::build::build;
use crate::{
    arguments::{Arguments, CargoArgs, GuestArgs},
    console::Console,
    error::{caught, Error},
    files,
};

const ELF_MAGIC: &[u8] = b"\x7fELF";
const WHAT: &str = "a program for OpenVM, ELF or .vmexe";

/// A program.
pub struct Guest {
    pub exe: VmExe<F>,
    /// Its file's name, without extension. Default names of proofs come from it.
    pub name: PathBuf,
}

/// The program that is given with `--exe`, or else is built. `config` is of the VM that will execute it.
pub fn load(
    guest: &GuestArgs,
    cargo: &CargoArgs,
    config: &SdkVmConfig,
    all: &Arguments,
    console: &Console,
) -> Result<Guest, Error> {
    let path = match &guest.exe {
        Some(path) => path.clone(),
        None => build(&guest.config, cargo, all, console)?,
    };
    Ok(Guest {
        exe: read_exe(&path, config)?,
        name: path.file_stem().map(PathBuf::from).unwrap_or_default(),
    })
}

/// The program in a file, whatever it is called.
fn read_exe(path: &Path, config: &SdkVmConfig) -> Result<VmExe<F>, Error> {
    let bytes = files::read(path)?;
    let exe: VmExe<F> = match bytes.starts_with(ELF_MAGIC) {
        true => transpile(path, &bytes, config)?,
        false => files::decode(path, WHAT, &bytes)?,
    };
    match exe.program.num_defined_instructions() {
        0 => Err(broken(path, "it has no instructions")),
        _ => Ok(exe),
    }
}

/// What the VM executes of the ELF with these bytes.
pub fn transpile(path: &Path, elf: &[u8], config: &SdkVmConfig) -> Result<VmExe<F>, Error> {
    let transpile = || {
        let elf = Elf::decode(elf, MEM_SIZE as u32);
        let elf = elf.map_err(|error| broken(path, &format!("{error:#}")))?;
        VmExe::from_elf(elf, config.transpiler()).map_err(|error| match error {
            TranspilerError::ParseError(word) => Error::MissingExtension {
                path: path.to_owned(),
                reason: format!("no extension has the instruction {word:#010x}"),
            },
            error => broken(path, &error.to_string()),
        })
    };
    caught("reading an ELF", transpile).map_err(|error| match error {
        Error::Panicked { message, .. } => broken(path, &message),
        error => error,
    })
}

fn broken(path: &Path, reason: &str) -> Error {
    Error::Broken {
        path: path.to_owned(),
        what: WHAT,
        reason: reason.to_owned(),
    }
}
