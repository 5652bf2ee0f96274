//! `kpi capture`.

use super::Effort;
use clap::Args;
use std::path::PathBuf;

/// Runs each benchmark, first the warm-up runs, then the measured ones, and keeps
/// BENCH-DATE-LABEL.log, the raw output of all runs, and BENCH-DATE-LABEL.json, the values and the
/// machine, in the contract's directory of baselines.
///
/// A run that exits with an error, takes too long, or lacks a required span or counter ends the capture:
/// its log is kept as BENCH-DATE-LABEL.failed.log, and nothing else is written.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi capture                                    every benchmark of the contract
  kpi capture keccakf logup --label h200         two of them, under a name
  kpi capture keccakf --runs 20 --warmup 3       more runs than the contract asks for
  kpi capture keccakf --exec ./keccakf           a ready-built program, without cargo
  kpi capture counters --label llvmpipe --force  replace today's capture of that name

Exit codes: 0 captured, 2 not started, 3 a run failed, 130 interrupted")]
pub struct Capture {
    /// The benchmarks [default: all]
    #[arg(value_name = "BENCH")]
    pub benches: Vec<String>,
    /// The capture's name, for `compare` and `check`
    #[arg(long, short, default_value = "local")]
    pub label: String,
    /// Run this shell command instead of the contract's; for one benchmark
    #[arg(long, short = 'x', value_name = "CMD")]
    pub exec: Option<String>,
    #[command(flatten)]
    pub effort: Effort,
    /// Where the files go [default: the contract's `baselines`]
    #[arg(long, short, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Replace files of the same name
    #[arg(long, short)]
    pub force: bool,
}
