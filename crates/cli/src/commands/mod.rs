//! The subcommands, one a file.

mod adapters;
mod bench;
mod commit;
mod keygen;
mod prove;
mod run;
mod setup;
mod verify;

use clap::Subcommand;

use crate::{arguments::Arguments, console::Console, error::Error};

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
pub enum Command {
    /// Run a program without proving it
    Run(run::Run),
    /// Make the keys of a VM
    Keygen(keygen::Keygen),
    /// Make the keys that all programs share
    Setup(setup::Setup),
    /// Prove that a program was executed
    Prove(prove::Prove),
    /// Verify a proof
    Verify(verify::Verify),
    /// Show and keep the commitments to a program and its VM
    Commit(commit::Commit),
    /// List the GPUs of this machine
    Adapters(adapters::Adapters),
    /// Measure proofs, phase by phase
    Bench(bench::Bench),
}

/// Does what was asked.
pub fn run(all: &Arguments, console: &Console) -> Result<(), Error> {
    match &all.command {
        Command::Run(command) => command.run(all, console),
        Command::Keygen(command) => command.run(console),
        Command::Setup(command) => command.run(console),
        Command::Prove(command) => command.run(all, console),
        Command::Verify(command) => command.run(console),
        Command::Commit(command) => command.run(all, console),
        Command::Adapters(command) => command.run(console),
        Command::Bench(command) => command.run(all, console),
    }
}
