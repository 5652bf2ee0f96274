//! `kpi ab`.

use super::percent::{parse_confidence, parse_percent};
use super::{CompareFormat, Effort};
use clap::Args;
use std::path::PathBuf;

/// Runs two shell commands in pairs, in random order within each, and judges the ratio within pairs: what
/// slows the machine down for a while slows both.
///
/// With --until-decided it goes on until every row is improved, regressed, or surely not changed by more
/// than the noise threshold. It may look several times; what each look may cost is planned, so that all
/// verdicts of all looks together are as sure as --confidence says.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi ab --base ./keccakf-main --new ./keccakf-branch --bench keccakf --until-decided
  kpi ab --base 'prove --chunk 8' --new 'prove --chunk 16' --runs 20
  kpi ab --base ./old --new ./new --span prove --until-decided --max-time 600
  kpi ab --base ./old --new ./new --span 'processor time'   on a machine with other work
  kpi ab --base 'sleep 0.1' --new 'sleep 0.11'    without spans: the whole commands

Verdicts: `improved` and `regressed` are surely beyond the noise threshold; `no change beyond N %` is
surely within it; `undecided` needs more runs.

Exit codes: 0 compared, 2 not started, 3 a run failed, 130 interrupted")]
pub struct Ab {
    /// The command to compare with
    #[arg(long, short = 'a', value_name = "CMD")]
    pub base: String,
    /// The command to compare
    #[arg(long, short = 'b', value_name = "CMD")]
    pub new: String,
    /// The contract's benchmark whose spans are read [default: every span, after 1 warm-up]
    #[arg(long)]
    pub bench: Option<String>,
    /// A row to compare, instead of all; may be given more than once. `whole command` and `processor
    /// time` are rows as well
    #[arg(long = "span", short, value_name = "NAME")]
    pub spans: Vec<String>,
    #[command(flatten)]
    pub effort: Effort,
    /// Go on until every row has a verdict
    #[arg(long, short = 'u', conflicts_with = "runs")]
    pub until_decided: bool,
    /// End after this many pairs, decided or not [default: 200]
    #[arg(long, value_name = "N", requires = "until_decided", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_runs: Option<u32>,
    /// Begin no pair later than this many seconds after the first
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_time: Option<u64>,
    /// Make pairs again during which the machine was busy
    #[arg(long)]
    pub discard_busy: bool,
    /// What the order within pairs is drawn from [default: any; it is printed]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How sure all verdicts together must be, in percent: of a hundred comparisons of a program with
    /// itself, one is called changed at 99
    #[arg(long, value_name = "PERCENT", default_value_t = 99.0, value_parser = parse_confidence)]
    pub confidence: f64,
    /// Smaller changes are noise, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0, value_parser = parse_percent)]
    pub noise_threshold: f64,
    /// Where the logs go [default: target/kpi beside the contract]
    #[arg(long, short, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = CompareFormat::Terminal)]
    pub format: CompareFormat,
    /// Also write both sides' runs to this file, as hyperfine's --export-json does
    #[arg(long, value_name = "FILE")]
    pub export_hyperfine: Option<PathBuf>,
}
