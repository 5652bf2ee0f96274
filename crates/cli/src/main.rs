//! `cargo openvm-metal`: OpenVM guest programs run, proven on any GPU, and verified.

mod allocator;
mod arguments;
mod bench;
mod commands;
mod console;
mod error;
mod files;
mod guest;
mod interrupt;
mod logging;
mod progress;
mod proving;

use std::process::ExitCode;

use arguments::Arguments;
use console::Console;
use error::{caught, Error};

fn main() -> ExitCode {
    allocator::keep_memory();
    let arguments = Arguments::read();
    let console = Console::new(arguments.quiet, logging::has_spans(arguments.verbose));
    interrupt::clean_up_on_interrupt();
    let result = caught("cargo openvm-metal", || run(arguments, &console));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: Arguments, console: &Console) -> Result<(), Error> {
    let log = logging::start(arguments.verbose, arguments.metrics.as_deref())?;
    let result = commands::run(&arguments, console);
    let finished = log.finish(console);
    result.and(finished)
}
