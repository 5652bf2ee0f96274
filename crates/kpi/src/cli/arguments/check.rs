//! `kpi check`.

use super::Effort;
use clap::Args;
use std::path::PathBuf;

/// Runs each benchmark that has a gate, or takes captures with --new, and judges it by its gate: spans
/// against the baseline, counters against the baseline and their hard limits.
///
/// A span falls short if its median is slower than allowed, by more than the least effect, and the rank
/// test and the interval are sure that it is slower at all. Then it is measured again, once, and fails only
/// if it falls short on both. Times are compared on the same machine only, counters everywhere.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi check                                    run and judge every gated benchmark
  kpi check counters                           one of them
  kpi check keccakf --new after                judge a capture that is there
  kpi check keccakf --baseline before --new keccakf-2026-02-20-after.json
  kpi check keccakf --counters-only            leave times alone
  kpi check keccakf --history 20               also hold it to the last 20 captures

Exit codes: 0 held, 1 fell short, 2 could not judge, 3 a run failed, 130 interrupted")]
pub struct Check {
    /// The benchmarks [default: all that have a gate]
    #[arg(value_name = "BENCH")]
    pub benches: Vec<String>,
    /// The baseline: a label, a JSON file or a log [default: the gate's `baseline`]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Judge this capture (a label, a JSON file or a log) instead of running
    #[arg(long, value_name = "NAME", conflicts_with_all = ["exec", "runs", "warmup", "timeout"])]
    pub new: Option<String>,
    /// Run this shell command instead of the contract's; for one benchmark
    #[arg(long, short = 'x', value_name = "CMD")]
    pub exec: Option<String>,
    #[command(flatten)]
    pub effort: Effort,
    /// Compare times although the machine is another one
    #[arg(long)]
    pub allow_other_machine: bool,
    /// Also hold each gated span's median within the fence of the last N captures of the same benchmark
    /// and machine (median plus two interquartile ranges), and warn of spans that creep
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(5..))]
    pub history: Option<u32>,
    /// Judge counters alone
    #[arg(long)]
    pub counters_only: bool,
    /// Where the logs go [default: target/kpi beside the contract]
    #[arg(long, short, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
}
