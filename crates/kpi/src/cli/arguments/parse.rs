//! `kpi parse`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Reads logs that `kpi capture`, a terminal or a collector of logs kept: trees of tracing-forest and
/// tracing-profile, the JSON and text lines of tracing-subscriber with span-close events, and OpenVM's
/// metrics files; with or without colours, behind the prefixes of journald, syslog, docker compose, kubectl
/// and GitHub Actions. Warm-up runs are left out; a log without `===== measured run N =====` lines is one run.
///
/// The spans are those of the contract's benchmark that the log's header names; without a contract, or
/// with --all-spans, every span there is. A log is read as a stream, however long it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi parse baselines/keccakf-2026-02-20-m8.log
  kpi parse prover.log --bench keccakf          a log without a header
  kpi parse prover.log --span prove --span fri  these spans, whatever the contract says
  ./prover 2>&1 | kpi parse -                   from standard input
  kpi parse metrics.json                        OpenVM's metrics, per group and segment
  kpi parse metrics.json --span 'prove{group=leaf}'
  kpi parse *.log --format csv > medians.csv

Outcomes: a log that is empty, ends within a line, stops before its end marker, is of another
benchmark, or has a wanted span with an unknown unit is an error (exit code 2) that names file and line.
Bytes that are not UTF-8 are passed over with a warning, lines are read up to 64 KiB.")]
pub struct Parse {
    /// The logs; `-` is standard input
    #[arg(value_name = "LOG", required = true)]
    pub logs: Vec<PathBuf>,
    /// The contract's benchmark that the logs must be of
    #[arg(long, short, conflicts_with_all = ["spans", "all_spans"])]
    pub bench: Option<String>,
    /// A span to read, required in every run; may be given more than once
    #[arg(
        long = "span",
        short,
        value_name = "NAME",
        conflicts_with = "all_spans"
    )]
    pub spans: Vec<String>,
    /// Every span there is
    #[arg(long)]
    pub all_spans: bool,
    /// Use the whole runs of a log that is cut off
    #[arg(long)]
    pub allow_cut: bool,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = TableFormat::Terminal)]
    pub format: TableFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// A table for people
    Terminal,
    /// The milestone table
    Markdown,
    /// Durations in nanoseconds
    Csv,
    /// Durations in nanoseconds
    Json,
}
