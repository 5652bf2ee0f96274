//! Every option, with its help. Options of `cargo openvm` 2.0.2 have its names and defaults.

mod cargo;
mod cluster;
mod guest;
mod keys;
mod prover;

use std::{env, ffi::OsString, path::PathBuf};

use clap::Parser;

pub use cargo::{CargoArgs, ManifestArgs, TargetArgs};
pub use cluster::AccessArgs;
pub use guest::{ConfigArgs, GuestArgs, Mode};
pub use keys::KeyArgs;
pub use prover::{
    parse_size, parse_workers, EngineChoice, ProverArgs, UPSTREAM_SEGMENT_MEMORY_BYTES,
};

use crate::commands::Command;

/// OpenVM guest programs: run, proven on any GPU, and verified.
///
/// Works as `cargo openvm` 2.0.2 does, with the same options and files, so that keys and proofs of
/// either are read by the other. Results go to standard output, everything else to standard error.
#[derive(Parser)]
#[command(
    name = "cargo openvm-metal",
    bin_name = "cargo openvm-metal",
    version = concat!(env!("CARGO_PKG_VERSION"), " (for openvm 2.0.2)"),
    arg_required_else_help = true,
    after_help = "\
Start with a program that `cargo openvm build` made, in its package:
  cargo openvm-metal keygen                       keys for its VM, once
  cargo openvm-metal setup                        keys for all programs, once
  cargo openvm-metal run --input 0x010a000000     what does the program do?
  cargo openvm-metal prove app --input 0x010a000000
  cargo openvm-metal verify app

Environment:
  OPENVM_METAL_ADAPTER              like --adapter
  OPENVM_METAL_MEMORY_BUDGET_BYTES  like --memory-budget
  OPENVM_METAL_PIPELINE_CACHE       directory to keep compiled kernels in (Vulkan)
  RUST_LOG                          which spans and events are logged

Exit codes:
  0    done
  1    failed: the guest, a proof that does not verify, a proof that could not be made
  2    not as asked: a wrong option, a missing or broken file, a key or VM configuration that does
       not fit, no such GPU
  130  interrupted"
)]
pub struct Arguments {
    /// Neither progress nor notes; for cargo, too
    #[arg(long, short, global = true, help_heading = "Display Options")]
    pub quiet: bool,

    /// Log what takes how long; for cargo, too
    #[arg(
        long,
        short,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Display Options"
    )]
    pub verbose: bool,

    /// Write upstream's metrics to this file, in the JSON that openvm-prof reads
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Display Options"
    )]
    pub metrics: Option<PathBuf>,

    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// What this program was called with, by cargo or by itself; ends it if that cannot be understood.
    pub fn read() -> Self {
        Self::parse_from(without_own_name(env::args_os()))
    }
}

/// Cargo passes the subcommand's name on, as the first argument.
fn without_own_name(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let is_name = |(i, argument): &(usize, OsString)| *i == 1 && argument == "openvm-metal";
    let others = arguments
        .enumerate()
        .filter(move |argument| !is_name(argument));
    others.map(|(_, argument)| argument)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn options_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_name_is_skipped_where_cargo_puts_it_only() {
        let skip = |arguments: &[&str]| {
            let arguments = arguments.iter().map(OsString::from);
            without_own_name(arguments).collect::<Vec<_>>()
        };
        assert_eq!(skip(&["x", "openvm-metal", "run"]), ["x", "run"]);
        assert_eq!(
            skip(&["x", "run", "openvm-metal"]),
            ["x", "run", "openvm-metal"]
        );
    }
}
