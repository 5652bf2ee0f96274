//! Every command and option, with its help.

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

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

/// How often and how long to run, where it is not to be as the contract says.
#[derive(Clone, Copy, Debug, Args)]
pub struct Effort {
    /// Measured runs [default: the contract's `runs`]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: Option<u32>,
    /// Runs before them that are not used [default: the contract's `warmup`]
    #[arg(long, short, value_name = "N")]
    pub warmup: Option<u32>,
    /// End a run after this many seconds [default: the contract's `timeout_s`]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
}

impl Effort {
    /// The limit of one run.
    pub fn timeout_or(&self, contract: Duration) -> Duration {
        self.timeout.map_or(contract, Duration::from_secs)
    }
}

/// Reads logs that `kpi capture` or a terminal kept: tracing-forest trees, with or without colours,
/// and JSON lines of tracing-subscriber with span-close events. Warm-up runs are left out; a log
/// without `===== measured run N =====` lines is one run.
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

/// Shows captures: per span the median, the extremes, how far they lie apart (as a percentage of the
/// median), and the number of runs. Without --label or --from, the newest capture of each benchmark.
///
/// Markdown is the milestone table, with the benchmarks of the contract's `milestone` as columns.
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
    #[command(flatten)]
    pub certainty: Certainty,
    /// Smaller changes are noise, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0, value_parser = parse_percent)]
    pub noise_threshold: f64,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = CompareFormat::Terminal)]
    pub format: CompareFormat,
}

/// How sure a change must be.
#[derive(Clone, Copy, Debug, Args)]
pub struct Certainty {
    /// How sure the verdicts must be, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0, value_parser = parse_confidence)]
    pub confidence: f64,
}

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
    #[command(flatten)]
    pub certainty: Certainty,
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

/// Reads results of hyperfine (--export-json) and criterion (a target/criterion directory, a sample.json in
/// it, or cargo-criterion's JSON messages) and keeps each as a capture, for `report` and `compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi import bench.json --label before            hyperfine --export-json bench.json ./prove
  kpi import bench.json --bench prove --label after
  kpi import target/criterion --label before      every newest result of criterion

Exit codes: 0 kept, 2 a file cannot be read or would be overwritten")]
pub struct Import {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The captures' name, for `compare` and `check`
    #[arg(long, short, default_value = "imported")]
    pub label: String,
    /// The benchmark's name, if there is one result [default: made from the command]
    #[arg(long, short)]
    pub bench: Option<String>,
    /// Where the captures go [default: the contract's `baselines`]
    #[arg(long, short, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Replace files of the same name
    #[arg(long, short)]
    pub force: bool,
}

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// A table for people
    Terminal,
    /// A table for a pull request
    Markdown,
    /// Durations in nanoseconds
    Json,
}

fn parse_confidence(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (50.0..100.0).contains(&percent) => Ok(percent),
        _ => Err("must be a percentage from 50 to below 100".to_owned()),
    }
}

fn parse_percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=1000.0).contains(&percent) => Ok(percent),
        _ => Err("must be a percentage of at least 0".to_owned()),
    }
}
