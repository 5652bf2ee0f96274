//! The contract: what is measured, how, and what is allowed. It is read from `kpi.toml`.

mod file;
mod find;
mod read;

use crate::error::Error;
use crate::log::{Occurrences, Selection};
use crate::unit::Unit;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The contract's file name.
pub const FILE_NAME: &str = "kpi.toml";

/// A validated contract file.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The file it was read from.
    pub path: PathBuf,
    /// Where captures are kept.
    pub baselines_dir: PathBuf,
    /// The benchmarks that are columns of the milestone table, in order.
    pub milestone: Vec<String>,
    /// The benchmarks, in the file's order.
    pub benches: Vec<Benchmark>,
}

/// One benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// Its name, which is also part of file names.
    pub name: String,
    /// Its name in tables for people.
    pub title: String,
    /// The shell command of one run.
    pub command: String,
    /// How many runs come first and are not used.
    pub warmup_runs: u32,
    /// How many runs are measured.
    pub runs: u32,
    /// How long one run may take.
    pub timeout: Duration,
    /// The spans to record, in the order of tables; none means every span there is.
    pub spans: Vec<SpanSpec>,
    /// The counters to record, in the order of tables.
    pub counters: Vec<CounterSpec>,
    /// What is allowed; without it the benchmark cannot be checked.
    pub gate: Option<Gate>,
}

/// A span to record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanSpec {
    /// The span's whole name.
    pub name: String,
    /// The unit in which it is shown.
    pub unit: Unit,
    /// Whether a run without it is a failed run.
    pub required: bool,
    /// How repeats within one run combine.
    pub combine: Combine,
}

/// A counter to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterSpec {
    /// The counter's name.
    pub name: String,
    /// Whether a run without it is a failed run.
    pub required: bool,
}

/// How a span's repeats within one run become one duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// All of them added up.
    #[default]
    Sum,
    /// The one that the log names first.
    First,
    /// The longest one.
    Max,
}

impl Combine {
    /// The one duration that a span's occurrences amount to, in nanoseconds.
    pub fn of(self, span: &Occurrences) -> u64 {
        match self {
            Combine::Sum => span.sum_ns,
            Combine::First => span.first_ns,
            Combine::Max => span.max_ns,
        }
    }
}

/// What is allowed of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The label of the capture to compare with.
    pub baseline: String,
    /// How many measured runs both sides need before durations are judged.
    pub min_runs: u32,
    /// How sure a slow-down must be, between 0.5 and 1.
    pub confidence: f64,
    /// The spans that are judged.
    pub spans: Vec<SpanGate>,
    /// The counters that are judged.
    pub counters: Vec<CounterGate>,
}

/// What is allowed of one span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanGate {
    /// The span.
    pub name: String,
    /// How much slower than the baseline the median may be, in percent.
    pub max_slowdown_percent: f64,
    /// A slow-down of less than this many nanoseconds is never held against it.
    pub min_effect_ns: f64,
}

/// What is allowed of one counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterGate {
    /// The counter.
    pub name: String,
    /// The largest value of any run, whatever the baseline says.
    pub max: Option<u64>,
    /// How it must compare with the baseline.
    pub against_baseline: AgainstBaseline,
}

/// How a counter must compare with the baseline's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgainstBaseline {
    /// It may be less, never more.
    #[default]
    NotAbove,
    /// It must be the same.
    Equal,
    /// It need not be compared; only `max` counts.
    Ignore,
}

impl Contract {
    /// Reads and validates a contract file.
    pub fn read(path: &Path) -> Result<Contract, Error> {
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::NoSuchContract {
                path: path.to_owned(),
                there: find::toml_files_beside(path),
            },
            _ => Error::read_file(path, error),
        })?;
        read::contract(path, &text)
    }

    /// The contract file in `from` or the nearest directory above it.
    pub fn find(from: &Path) -> Result<Contract, Error> {
        let file = from
            .ancestors()
            .map(|dir| dir.join(FILE_NAME))
            .find(|file| file.is_file());
        match file {
            Some(file) => Contract::read(&file),
            None => Err(Error::NoContract {
                from: from.to_owned(),
                there: find::contracts_below(from),
            }),
        }
    }

    /// The directory of the contract file: where commands run.
    pub fn root(&self) -> &Path {
        match self.path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        }
    }

    /// The benchmark of this name.
    pub fn bench(&self, name: &str) -> Result<&Benchmark, Error> {
        self.benches
            .iter()
            .find(|bench| bench.name == name)
            .ok_or_else(|| Error::UnknownBench {
                name: name.to_owned(),
                known: self.benches.iter().map(|b| b.name.clone()).collect(),
            })
    }

    /// The benchmarks of these names, or all of them if none is named.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Benchmark>, Error> {
        if names.is_empty() {
            return Ok(self.benches.iter().collect());
        }
        names.iter().map(|name| self.bench(name)).collect()
    }
}

impl Benchmark {
    /// The spans that its logs are read for: all, if it names none.
    pub fn selection(&self) -> Selection {
        if self.spans.is_empty() {
            return Selection::All;
        }
        Selection::Only(self.spans.iter().map(|span| span.name.clone()).collect())
    }
}

/// Checks that a name can be part of a file name.
pub fn check_name(what: &'static str, name: &str) -> Result<(), Error> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_plain) {
        Ok(())
    } else {
        Err(Error::BadName {
            what,
            name: name.to_owned(),
        })
    }
}
