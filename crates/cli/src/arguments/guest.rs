//! Options that say which program is executed, in which VM, with which input.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use openvm_circuit::arch::OPENVM_DEFAULT_INIT_FILE_NAME;

use crate::guest::Input;

/// The VM configuration.
#[derive(Clone, Debug, Args)]
pub struct ConfigArgs {
    /// The VM's configuration [default: openvm.toml beside Cargo.toml; without it, RV32IM and I/O]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    pub config: Option<PathBuf>,

    /// Copy the OpenVM artifacts that are made to this directory, too
    #[arg(long, value_name = "DIR", help_heading = "OpenVM Options")]
    pub output_dir: Option<PathBuf>,

    /// Name of the init file that is written beside Cargo.toml before a build
    #[arg(long, value_name = "NAME", default_value = OPENVM_DEFAULT_INIT_FILE_NAME, help_heading = "OpenVM Options")]
    pub init_file_name: String,
}

/// The program and its input.
#[derive(Clone, Debug, Args)]
pub struct GuestArgs {
    /// A built program, .vmexe or ELF, instead of building the package
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    pub exe: Option<PathBuf>,

    #[command(flatten)]
    pub config: ConfigArgs,

    /// The program's input: a hexadecimal string, 0x01 and bytes or 0x02 and little-endian field
    /// elements of 4 bytes; or a JSON file {"input": ["0x01...", "0x02..."]} with one string for each
    /// read
    #[arg(long, value_name = "HEX|FILE", help_heading = "OpenVM Options")]
    pub input: Option<Input>,
}

/// How to execute a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Just run it
    Pure,
    /// Run it and count instructions and cells of traces; needs app.pk
    Meter,
    /// Run it and count the segments that it is cut into for proofs; needs app.pk
    Segment,
}
