//! `kpi`: reproducible benchmark captures, comparisons and gates.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let console = cli::Console::new(&arguments);
    let result = cli::stop_on_interrupt().and_then(|stop| cli::run(arguments, &console, &stop));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            console.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
