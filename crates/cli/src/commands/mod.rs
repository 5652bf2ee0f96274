//! The subcommands, one a file.

mod adapters;
mod bench;
mod commit;
mod jobs;
mod keygen;
mod prove;
mod run;
mod setup;
mod verify;
mod worker;

use clap::Subcommand;

use crate::{arguments::Arguments, console::Console, error::Error};

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
pub enum Command {
    Run(run::Run),
    Keygen(keygen::Keygen),
    Setup(setup::Setup),
    Prove(prove::Prove),
    Verify(verify::Verify),
    Commit(commit::Commit),
    Adapters(adapters::Adapters),
    Bench(bench::Bench),
    Worker(worker::Worker),
    Jobs(jobs::Jobs),
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
        Command::Worker(command) => command.run(console),
        Command::Jobs(command) => command.run(console),
    }
}
