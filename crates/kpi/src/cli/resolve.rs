//! From names on the command line to contracts and captures.

use openvm_kpi::contract::{Benchmark, Contract, CounterSpec, SpanSpec};
use openvm_kpi::log::{is_metrics, peek_header, read_log, LogOptions, RunLog, Selection};
use openvm_kpi::record::{capture_of_log, plan_of_runs, Capture, Found, Plan, Store};
use openvm_kpi::Error;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where the contract is, if there is one.
pub struct ContractSource {
    file: Option<PathBuf>,
}

/// How a log is to be read.
#[derive(Clone, Copy, Default)]
pub struct ReadingOptions<'a> {
    /// The benchmark that it must be of.
    pub bench: Option<&'a str>,
    /// These spans, whatever the contract says.
    pub spans: &'a [String],
    /// Every span, whatever the contract says.
    pub all_spans: bool,
    /// Whether the whole runs of a cut log will do.
    pub allow_cut: bool,
}

/// A capture read from a log, and what is to be said about the log.
pub struct LogReading {
    pub capture: Capture,
    pub warnings: Vec<String>,
    /// What a file of metrics says in full; a capture has one duration a span only.
    pub metrics: Option<RunLog>,
}

impl ContractSource {
    pub fn new(file: Option<PathBuf>) -> Self {
        ContractSource { file }
    }

    /// The contract, which must be there.
    pub fn contract(&self) -> Result<Contract, Error> {
        match &self.file {
            Some(file) => Contract::read(file),
            None => Contract::find(&current_dir()?),
        }
    }

    /// The contract, if there is one; a faulty one is an error.
    pub fn contract_if_any(&self) -> Result<Option<Contract>, Error> {
        match self.contract() {
            Ok(contract) => Ok(Some(contract)),
            Err(Error::NoContract { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The current directory.
pub fn current_dir() -> Result<PathBuf, Error> {
    std::env::current_dir().map_err(|source| Error::Read {
        name: "the current directory".to_owned(),
        source,
    })
}

/// Where runs that are not baselines leave their logs.
pub fn scratch_dir(contract: Option<&Contract>) -> PathBuf {
    let root = contract.map_or(Path::new("."), Contract::root);
    root.join("target").join("kpi")
}

/// The capture of a benchmark that `name` stands for: a JSON file, a log, or a label.
pub fn capture_named(name: &str, bench: &str, contract: &Contract) -> Result<Capture, Error> {
    let path = Path::new(name);
    if !path.is_file() {
        let store = Store::new(&contract.baselines_dir);
        return Ok(store.labelled(bench, name)?.capture);
    }
    let capture = capture_in_file(path, Some(contract))?;
    if capture.bench == bench {
        Ok(capture)
    } else {
        Err(Error::WrongBench {
            found: capture.bench,
            wanted: bench.to_owned(),
        })
    }
}

/// The capture in a JSON file or a log. OpenVM's metrics are JSON as well, and read as a log.
pub fn capture_in_file(path: &Path, contract: Option<&Contract>) -> Result<Capture, Error> {
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    if is_json && !is_metrics(&start_of(path)?) {
        return Ok(Found::read(path)?.capture);
    }
    let reading = read_log_file(path, contract, ReadingOptions::default())?;
    Ok(reading.capture)
}

/// As much of a file as tells its form.
fn start_of(path: &Path) -> Result<Vec<u8>, Error> {
    const FORM_BYTES: u64 = 1024;
    let mut start = Vec::new();
    let file = std::fs::File::open(path).map(|file| file.take(FORM_BYTES));
    match file.and_then(|mut file| file.read_to_end(&mut start)) {
        Ok(_) => Ok(start),
        Err(source) => Err(Error::Read {
            name: path.display().to_string(),
            source,
        }),
    }
}

/// Reads a log; `-` is standard input.
pub fn read_log_file(
    path: &Path,
    contract: Option<&Contract>,
    options: ReadingOptions<'_>,
) -> Result<LogReading, Error> {
    if path == Path::new("-") {
        return read("standard input", std::io::stdin().lock(), contract, options);
    }
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|source| Error::Read {
        name: name.clone(),
        source,
    })?;
    let mut reading = read(&name, file, contract, options)?;
    if reading.capture.bench.is_empty() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        reading.capture.bench = stem.clone().into_owned();
        reading.capture.title = stem.into_owned();
    }
    Ok(reading)
}

fn read(
    name: &str,
    log: impl Read,
    contract: Option<&Contract>,
    options: ReadingOptions<'_>,
) -> Result<LogReading, Error> {
    let (header, log) = peek_header(name, log)?;
    let in_log = |source: Error| Error::InLog {
        log: name.to_owned(),
        source: Box::new(source),
    };
    if let (Some(wanted), Some(found)) = (options.bench, &header.bench) {
        if wanted != found {
            return Err(in_log(Error::WrongBench {
                found: found.clone(),
                wanted: wanted.to_owned(),
            }));
        }
    }
    let bench = match (options.bench, contract) {
        (Some(bench), Some(contract)) => Some(contract.bench(bench)?),
        (Some(bench), None) => {
            return Err(Error::UnknownBench {
                name: bench.to_owned(),
                known: Vec::new(),
            })
        }
        (None, Some(contract)) => header
            .bench
            .as_deref()
            .and_then(|name| contract.bench(name).ok()),
        (None, None) => None,
    };
    let known_name = header.bench.unwrap_or_default();
    let wanted = wanted_spans(&known_name, bench, options);
    let selection = wanted.as_ref().map_or(Selection::All, selection_of);
    let log_options = LogOptions {
        selection: &selection,
        allow_cut: options.allow_cut,
    };
    let log = read_log(name, log, &log_options)?;
    let plan = wanted.unwrap_or_else(|| plan_of_runs(&known_name, &log.runs));
    let capture = capture_of_log(&plan, &log).map_err(in_log)?;
    let mut warnings = Vec::new();
    let invalid: u64 = log.runs.iter().map(|run| run.invalid_utf8_lines).sum();
    if invalid > 0 {
        warnings.push(format!(
            "{name}: {invalid} lines of the measured runs are not UTF-8; what could be read of them was"
        ));
    }
    if log.overlong_lines > 0 {
        warnings.push(format!(
            "{name}: {} lines are longer than 64 KiB and were read up to there",
            log.overlong_lines
        ));
    }
    Ok(LogReading {
        capture,
        warnings,
        metrics: log.runs.into_iter().next().filter(|_| log.has_labels),
    })
}

/// The plan for a log, or `None` for every span there is.
fn wanted_spans(
    name: &str,
    bench: Option<&Benchmark>,
    options: ReadingOptions<'_>,
) -> Option<Plan> {
    if !options.spans.is_empty() {
        let spans = options.spans.iter().map(|span| SpanSpec {
            name: span.clone(),
            unit: Default::default(),
            required: true,
            combine: Default::default(),
        });
        return Some(Plan {
            bench: name.to_owned(),
            title: name.to_owned(),
            spans: spans.collect(),
            counters: Vec::<CounterSpec>::new(),
        });
    }
    let bench = bench.filter(|bench| !options.all_spans && !bench.spans.is_empty())?;
    Some(Plan::of_benchmark(bench))
}

fn selection_of(plan: &Plan) -> Selection {
    Selection::Only(plan.spans.iter().map(|span| span.name.clone()).collect())
}
