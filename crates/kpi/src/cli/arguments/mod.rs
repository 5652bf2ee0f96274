//! Every command and option, with its help.

mod ab;
mod capture;
mod check;
mod compare;
mod effort;
mod import;
mod parse;
mod percent;
mod report;

pub use ab::Ab;
pub use capture::Capture;
pub use check::Check;
pub use compare::{Compare, CompareFormat};
pub use effort::Effort;
pub use import::Import;
pub use parse::{Parse, TableFormat};
pub use report::{Report, ReportFormat};

use clap::{Args, ColorChoice, Parser, Subcommand};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0    done; for `check`: every gate held
  1    `check`: a gate fell short
  2    could not do what was asked, or could not judge: bad arguments, an unreadable
       or cut log, a missing baseline, too few runs, times from another machine
  3    a measured command failed, took too long, or lacked a required span or counter
  130  interrupted

Start with:
  kpi capture keccakf --label before    measure, keep the log and the values
  kpi report                            look at the newest captures
  kpi compare before after              two captures side by side
  kpi check                             hold the contract's gates";

/// Reproducible benchmark captures from tracing spans, comparisons, and gates.
///
/// What is measured, and what is allowed, stands in kpi.toml, which is looked for in the current
/// directory and those above it. Results go to standard output, progress and warnings to standard error.
#[derive(Debug, Parser)]
#[command(name = "kpi", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Arguments {
    /// The contract file [default: kpi.toml here or above]
    #[arg(long, global = true, value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Neither progress nor warnings
    #[arg(long, short, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run benchmarks and keep their logs and values
    Capture(Capture),
    /// Read the medians from existing logs
    Parse(Parse),
    /// Tables and pages of captures
    Report(Report),
    /// Two captures side by side, with a verdict per span
    Compare(Compare),
    /// Run two commands in turn and compare them
    Ab(Ab),
    /// Keep other programs' results as captures
    Import(Import),
    /// Hold the contract's gates
    Check(Check),
    /// Print a shell's completion script
    Completions(Completions),
}

/// Prints a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi completions bash > ~/.local/share/bash-completion/completions/kpi
  kpi completions zsh > ~/.zfunc/_kpi
  kpi completions fish > ~/.config/fish/completions/kpi.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
