//! Everything that can go wrong, with what to do about it.

use crate::log::{DurationError, NearMiss};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What went wrong. The text names the thing, the place, and where there is one the way out.
#[derive(Debug, Error)]
pub enum Error {
    /// A file or stream could not be read.
    #[error("cannot read {name}: {source}")]
    Read {
        /// The file, or `standard input`.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A file could not be written; what was there before is still there.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// An error within one log.
    #[error("{log}: {source}")]
    InLog {
        /// The log's path, or `standard input`.
        log: String,
        /// What is wrong in it.
        source: Box<Error>,
    },
    /// A log has more names than a log of measurements would.
    #[error("more than {limit} different {what}: choose the spans to read with --span")]
    TooManyNames {
        /// Spans or counters.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// A counter's value is no whole number.
    #[error("line {line}: counter `{name}` is `{value}`, not a whole number")]
    BadCounter {
        /// The line of the log, from 1.
        line: u64,
        /// The counter.
        name: String,
        /// What stands there.
        value: String,
    },
    /// Two adapters were reported where one was expected.
    #[error("the adapter changed from `{first}` to `{then}`: choose one adapter for all runs")]
    AdapterChanged {
        /// The adapter that was reported first.
        first: String,
        /// The other one.
        then: String,
    },
    /// A log's markers do not count up from 1, or something follows its end.
    #[error("line {line}: `{marker}` is out of order: a part of the log is missing")]
    MarkerOutOfOrder {
        /// The line of the log, from 1.
        line: u64,
        /// The marker.
        marker: String,
    },
    /// A log's last line has no line feed.
    #[error("the log ends in the middle of line {line}: capture it again, or pass --allow-cut to use the runs before the cut")]
    CutInLine {
        /// The line of the log, from 1.
        line: u64,
    },
    /// A log has fewer whole runs than its header promises, or no end marker.
    #[error("the log stops at line {line} with {}: capture it again, or pass --allow-cut to use what is whole", whole_runs(*found, *promised))]
    Cut {
        /// The last line of the log, from 1.
        line: u64,
        /// The header's number of measured runs; absent where it promises as many as it takes.
        promised: Option<u32>,
        /// How many whole ones there are.
        found: u32,
    },
    /// A file of metrics that cannot be read to its end.
    #[error("the file of metrics is cut or damaged: {reason}")]
    BadMetrics {
        /// What is wrong, and where.
        reason: serde_json::Error,
    },
    /// A log without a whole measured run.
    #[error("no measured run in {lines} lines")]
    NoRuns {
        /// How many lines were read.
        lines: u64,
    },
    /// A log without any span.
    #[error("no span in {}; {}", counted(*runs, "measured run"), nearest_or_hint(nearest))]
    NoSpans {
        /// How many runs were read.
        runs: usize,
        /// What looks most like one.
        nearest: Option<Box<NearMiss>>,
    },
    /// A log with spans, of which none is wanted.
    #[error("none of the wanted spans in {}: there are {}, to be named with --span or in the contract", counted(*runs, "measured run"), quoted(there))]
    NoWantedSpans {
        /// How many runs were read.
        runs: usize,
        /// Some of the spans that there are.
        there: Vec<String>,
    },
    /// A log has no duration of a single call of a span, and `combine` asks for one.
    #[error("line {line}: of span `{span}` only the sum over its calls is known: `combine` can only be `sum`")]
    OnlySums {
        /// The line, from 1.
        line: u64,
        /// The span.
        span: String,
    },
    /// A wanted span's duration cannot be read.
    #[error("line {line}: span `{span}` of run {run}: {reason}")]
    UnreadableDuration {
        /// The measured run, from 1.
        run: usize,
        /// The line, from 1: of the log, or within the run where it was measured just now.
        line: u64,
        /// The span.
        span: String,
        /// What is wrong with the duration.
        reason: DurationError,
    },
    /// A run lacks spans that its benchmark requires.
    #[error("run {run} of `{bench}` lacks the required span{} {}{}: is it the right benchmark, and does RUST_LOG let the spans through?", plural(missing), quoted(missing), beside(there))]
    MissingSpans {
        /// The benchmark.
        bench: String,
        /// The measured run, from 1.
        run: usize,
        /// The spans' names.
        missing: Vec<String>,
        /// Some of the spans that are there instead.
        there: Vec<String>,
    },
    /// A run lacks counters that its benchmark requires.
    #[error("run {run} of `{bench}` lacks the required counter{} {}: does RUST_LOG let `gpu_counters` through?", plural(missing), quoted(missing))]
    MissingCounters {
        /// The benchmark.
        bench: String,
        /// The measured run, from 1.
        run: usize,
        /// The counters' names.
        missing: Vec<String>,
    },
    /// A log of another benchmark than the one asked for.
    #[error("this is a log of `{found}`, not of `{wanted}`")]
    WrongBench {
        /// What the log says.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// A fault in the contract file.
    #[error("{}:{line}: {message}", path.display())]
    Contract {
        /// The contract file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what is possible.
        message: String,
    },
    /// There is no contract file.
    #[error("no kpi.toml in {} or above{}: write one (the README of openvm-kpi describes it), or name one with --contract", from.display(), files_there(there))]
    NoContract {
        /// Where the search began.
        from: PathBuf,
        /// Those in the directories below.
        there: Vec<PathBuf>,
    },
    /// The contract file that was named does not exist.
    #[error("no contract {}{}: name another with --contract", path.display(), files_there(there))]
    NoSuchContract {
        /// What was named.
        path: PathBuf,
        /// The TOML files beside it.
        there: Vec<PathBuf>,
    },
    /// A benchmark that the contract does not have.
    #[error("no benchmark `{name}` in the contract (there are: {})", known.join(", "))]
    UnknownBench {
        /// What was asked for.
        name: String,
        /// The contract's benchmarks.
        known: Vec<String>,
    },
    /// A name that cannot be part of a file name.
    #[error("`{name}` cannot be a {what}: use letters, digits, `.`, `_` and `-`, beginning with a letter or digit")]
    BadName {
        /// Label or benchmark name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A file that would be overwritten.
    #[error("{} exists: pass --force to replace it, or choose another --label", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A log that another capture left or is writing.
    #[error("{} exists: another capture is writing it, or was killed; --force replaces it", path.display())]
    PartialExists {
        /// The file.
        path: PathBuf,
    },
    /// The shell could not be started.
    #[error("cannot start `{command}`: {source}")]
    Spawn {
        /// The command.
        command: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A command ended badly.
    #[error("`{command}` ended with {status}")]
    CommandFailed {
        /// The command.
        command: String,
        /// Its exit status in words.
        status: String,
    },
    /// A command took too long and was ended, with everything it had started.
    #[error("`{command}` was ended after {timeout_s} s: raise `timeout_s` in the contract, or pass --timeout")]
    TimedOut {
        /// The command.
        command: String,
        /// The limit, in seconds.
        timeout_s: u64,
    },
    /// The handler that ends runs on ^C could not be installed.
    #[error("cannot listen for interrupts, so ^C would leave a measured command running: {reason}; if another handler is installed in this process, remove it")]
    NoSignalHandler {
        /// The system's reason.
        reason: String,
    },
    /// One name that should stand for several results.
    #[error(
        "--bench names one result, and there are {}: import them one at a time, or without --bench",
        quoted(results)
    )]
    BenchNeedsOneResult {
        /// The results' titles.
        results: Vec<String>,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// A run within a capture failed; the log of all that was said so far is kept.
    #[error("{run} of `{bench}` failed: {source} (its log: {})", log.display())]
    RunFailed {
        /// The benchmark.
        bench: String,
        /// Which run, in words.
        run: String,
        /// Where the log is.
        log: PathBuf,
        /// Why.
        source: Box<Error>,
    },
    /// No capture of this name.
    #[error("no baseline `{name}` for `{bench}` in {}{}: make one with `kpi capture {bench} --label {name}`", dir.display(), labels_of_bench(labels))]
    NoBaseline {
        /// The label.
        name: String,
        /// The benchmark.
        bench: String,
        /// Where captures are kept.
        dir: PathBuf,
        /// The labels that there are of it.
        labels: Vec<String>,
    },
    /// No capture at all.
    #[error("no captures in {}: make one with `kpi capture`", dir.display())]
    NoCaptures {
        /// Where captures are kept.
        dir: PathBuf,
    },
    /// A capture file that is none.
    #[error("{} is no capture: {reason}", path.display())]
    BadRecord {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A name that is neither a label nor a file.
    #[error("`{name}` is no file here and no label of a capture in {}{}", dir.display(), labels_there(labels, name))]
    NoSuchCapture {
        /// What was asked for.
        name: String,
        /// Where captures are kept.
        dir: PathBuf,
        /// The labels that there are.
        labels: Vec<String>,
    },
    /// Two captures have no benchmark in common.
    #[error(
        "`{base}` is of {}, and `{new}` of {}: they have no benchmark in common",
        quoted(base_benches),
        quoted(new_benches)
    )]
    NothingInCommon {
        /// The base.
        base: String,
        /// Its benchmarks.
        base_benches: Vec<String>,
        /// The other one.
        new: String,
        /// Its benchmarks.
        new_benches: Vec<String>,
    },
    /// Captures whose runs cannot be pairs.
    #[error("--paired needs as many runs on both sides, and there are {base} and {new}: it is for the two captures of one `kpi ab`")]
    NoPairs {
        /// The base's runs.
        base: usize,
        /// The other one's.
        new: usize,
    },
    /// A document without a marked section.
    #[error("{}: {reason}: put the lines `<!-- kpi:begin -->` and `<!-- kpi:end -->` where the table belongs", path.display())]
    NoSection {
        /// The document.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// A benchmark that cannot be gated.
    #[error("`{bench}` has no [bench.gate] in the contract: add one, or check another benchmark")]
    NoGate {
        /// The benchmark.
        bench: String,
    },
    /// A command that should stand for several benchmarks.
    #[error("--exec needs exactly one benchmark: name one of {}", benches.join(", "))]
    ExecNeedsOneBench {
        /// The benchmarks that it would stand for.
        benches: Vec<String>,
    },
    /// A contract without any gate.
    #[error("no benchmark in {} has a [bench.gate]: add one", path.display())]
    NothingGated {
        /// The contract file.
        path: PathBuf,
    },
    /// A file format could not be produced.
    #[error("cannot write {format}: {reason}")]
    Format {
        /// The format.
        format: &'static str,
        /// Why.
        reason: String,
    },
}

impl Error {
    /// The process's exit code for this error: 3 if what was measured failed, 130 if it was stopped,
    /// and 2 for everything that keeps this program from doing what was asked.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Interrupted => 130,
            Error::RunFailed { source, .. } if matches!(**source, Error::Interrupted) => 130,
            Error::RunFailed { .. } | Error::CommandFailed { .. } | Error::TimedOut { .. } => 3,
            _ => 2,
        }
    }

    pub(crate) fn in_log(self, log: &str) -> Error {
        Error::InLog {
            log: log.to_owned(),
            source: Box::new(self),
        }
    }

    pub(crate) fn read(name: impl Into<String>, source: io::Error) -> Error {
        Error::Read {
            name: name.into(),
            source,
        }
    }

    pub(crate) fn read_file(path: &Path, source: io::Error) -> Error {
        Error::read(path.display().to_string(), source)
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Error {
        Error::Write {
            path: path.to_owned(),
            source,
        }
    }
}

fn plural(names: &[String]) -> &'static str {
    if names.len() == 1 {
        ""
    } else {
        "s"
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn beside(there: &[String]) -> String {
    if there.is_empty() {
        String::new()
    } else {
        format!(" (there are {})", quoted(there))
    }
}

/// `1 run`, `2 runs`.
fn counted(n: usize, what: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{n} {what}{ending}")
}

fn nearest_or_hint(nearest: &Option<Box<NearMiss>>) -> String {
    match nearest {
        Some(nearest) => nearest.to_string(),
        None => "no line looks like one: is this the output of a program with tracing spans, and \
            does RUST_LOG let them through?"
            .to_owned(),
    }
}

fn whole_runs(found: u32, promised: Option<u32>) -> String {
    let found = counted(found as usize, "whole measured run");
    match promised {
        Some(promised) => format!("{found}, and its header promises {promised}"),
        None => format!("{found} and no end marker"),
    }
}

fn labels_there(labels: &[String], wanted: &str) -> String {
    if labels.is_empty() {
        format!(": there are none yet, make one with `kpi capture --label {wanted}`")
    } else {
        format!(" (there are: {})", labels.join(", "))
    }
}

fn labels_of_bench(labels: &[String]) -> String {
    if labels.is_empty() {
        String::new()
    } else {
        format!(" (there are: {})", labels.join(", "))
    }
}

fn files_there(files: &[PathBuf]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    format!(" (there are: {})", names.join(", "))
}
