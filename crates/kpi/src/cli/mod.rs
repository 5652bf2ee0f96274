//! The command line: what the user asks for, in terms of the library.

mod ab;
mod arguments;
mod capture;
mod check;
mod compare;
mod completions;
mod console;
mod export;
mod import;
mod parse;
mod progress;
mod report;
mod resolve;

pub use arguments::Arguments;
pub use console::Console;

use arguments::Command;
use openvm_kpi::process::StopFlag;
use openvm_kpi::Error;

/// Does what was asked and returns the exit code.
pub fn run(arguments: Arguments, console: &Console, stop: &StopFlag) -> Result<u8, Error> {
    let contract = resolve::ContractSource::new(arguments.contract);
    match arguments.command {
        Command::Capture(what) => capture::run(&what, &contract, console, stop),
        Command::Parse(what) => parse::run(&what, &contract, console),
        Command::Report(what) => report::run(&what, &contract, console),
        Command::Compare(what) => compare::run(&what, &contract, console),
        Command::Ab(what) => ab::run(&what, &contract, console, stop),
        Command::Import(what) => import::run(&what, &contract, console),
        Command::Check(what) => check::run(&what, &contract, console, stop),
        Command::Completions(what) => completions::run(&what, console),
    }
}

/// A flag that ^C, a hang-up and a polite kill raise.
pub fn stop_on_interrupt() -> Result<StopFlag, Error> {
    let stop = StopFlag::default();
    let raised = stop.clone();
    ctrlc::set_handler(move || raised.raise()).map_err(|error| Error::NoSignalHandler {
        reason: error.to_string(),
    })?;
    Ok(stop)
}
