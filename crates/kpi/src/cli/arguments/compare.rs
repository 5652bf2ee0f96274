//! `kpi compare`.

use super::percent::{parse_confidence, parse_percent};
use clap::{Args, ValueEnum};

/// Compares two captures, each a label, a JSON file or a log: the ratio of the medians with its bootstrap
/// confidence interval, a rank test, and a verdict in words. With labels, every benchmark that both have.
///
/// All verdicts of a comparison together are as sure as --confidence says (Holm's correction). Where the
/// runs are too few for that, as five on both sides are for seven rows, each verdict is sure by itself, and
/// that is said.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi compare before after
  kpi compare before after --bench keccakf --format markdown   for a pull request
  kpi compare old.log new.log --confidence 99 --noise-threshold 5

Verdicts: `improved` and `regressed` are sure and larger than the noise threshold; `within noise threshold`
is sure but smaller; `no change` is surely smaller, if there is any; `undecided` needs more runs.")]
pub struct Compare {
    /// What to compare with
    pub base: String,
    /// What to compare
    pub new: String,
    /// This benchmark alone
    #[arg(long, short)]
    pub bench: Option<String>,
    /// The runs with the same number were made as a pair: the two captures of one `kpi ab --runs N`
    #[arg(long)]
    pub paired: bool,
    /// A span to compare, instead of all; may be given more than once. Fewer need fewer runs
    #[arg(long = "span", short, value_name = "NAME")]
    pub spans: Vec<String>,
    /// How sure the verdicts must be, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0, value_parser = parse_confidence)]
    pub confidence: f64,
    /// Smaller changes are noise, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0, value_parser = parse_percent)]
    pub noise_threshold: f64,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = CompareFormat::Terminal)]
    pub format: CompareFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// A table for people
    Terminal,
    /// A table for a pull request
    Markdown,
    /// Durations in nanoseconds
    Json,
}
