//! `kpi report`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Shows captures: per span the median, the extremes, how far they lie apart (as a percentage of the
/// median), and the number of runs. Without --label or --from, the newest capture of each benchmark.
///
/// Markdown is the milestone table, with the benchmarks of the contract's `milestone` as columns.
/// JSON is as crates/kpi/schema/report.schema.json describes it.
/// HTML is one file for people who would rather look: it needs no network, follows the system's light
/// or dark, and also shows the history across all captures.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi report                                  the newest captures as tables
  kpi report keccakf --label h200             one of them
  kpi report --format html --output kpi.html  a page to look at
  kpi report --format markdown                the milestone table
  kpi report --update docs/milestone-8.md     the same, put between that file's
                                              `<!-- kpi:begin -->` and `<!-- kpi:end -->`")]
pub struct Report {
    /// The benchmarks [default: all that have captures]
    #[arg(value_name = "BENCH")]
    pub benches: Vec<String>,
    /// The newest captures of this name
    #[arg(long, short)]
    pub label: Option<String>,
    /// These captures (JSON files or logs) instead of the stored ones
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "label")]
    pub from: Vec<PathBuf>,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = ReportFormat::Terminal)]
    pub format: ReportFormat,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also write the runs to this file, as hyperfine's --export-json does
    #[arg(long, value_name = "FILE")]
    pub export_hyperfine: Option<PathBuf>,
    /// Put the milestone table into this document's marked section
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "format"])]
    pub update: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Tables for people
    Terminal,
    /// The milestone table
    Markdown,
    /// Durations in nanoseconds
    Csv,
    /// Durations in nanoseconds
    Json,
    /// A page to look at
    Html,
}
