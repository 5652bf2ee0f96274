//! From what a log says to what a capture records.

use super::{Capture, RecordedSpan, Run, SCHEMA};
use crate::contract::{Benchmark, Combine, CounterSpec, SpanSpec};
use crate::environment::Environment;
use crate::error::Error;
use crate::log::{ParsedLog, RunLog};
use crate::unit::Unit;

/// What is to be recorded of each run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The benchmark.
    pub bench: String,
    /// The benchmark's name for people.
    pub title: String,
    /// The spans, in the order of tables.
    pub spans: Vec<SpanSpec>,
    /// The counters that a run may have to report.
    pub counters: Vec<CounterSpec>,
}

impl Plan {
    /// What the contract wants of a benchmark.
    pub fn of_benchmark(bench: &Benchmark) -> Plan {
        Plan {
            bench: bench.name.clone(),
            title: bench.title.clone(),
            spans: bench.spans.clone(),
            counters: bench.counters.clone(),
        }
    }

    /// This plan, or if it names no span, one for every span of these runs.
    pub fn or_every_span(&self, runs: &[RunLog]) -> Plan {
        if !self.spans.is_empty() {
            return self.clone();
        }
        Plan {
            title: self.title.clone(),
            counters: self.counters.clone(),
            ..plan_of_runs(&self.bench, runs)
        }
    }

    /// The values of the measured run with this number, from 1.
    pub fn measure(&self, number: usize, log: &RunLog) -> Result<Run, Error> {
        let mut run = Run {
            counters: log.counters.clone(),
            reported_gpu_mhz: log.gpu_mhz.map(|mhz| mhz as f64),
            ..Run::default()
        };
        let mut missing = Vec::new();
        for spec in &self.spans {
            match log.span(&spec.name) {
                Some(span) => {
                    if let Some(unreadable) = &span.unreadable {
                        return Err(Error::UnreadableDuration {
                            run: number,
                            line: unreadable.line,
                            span: spec.name.clone(),
                            reason: unreadable.reason.clone(),
                        });
                    }
                    if let (Some(line), false) = (span.summed_at, spec.combine == Combine::Sum) {
                        return Err(Error::OnlySums {
                            line,
                            span: spec.name.clone(),
                        });
                    }
                    run.spans_ns
                        .insert(spec.name.clone(), spec.combine.of(span));
                }
                None if spec.required => missing.push(spec.name.clone()),
                None => {}
            }
        }
        if !missing.is_empty() {
            return Err(Error::MissingSpans {
                bench: self.bench.clone(),
                run: number,
                missing,
                there: log.unwanted.clone(),
            });
        }
        self.has_required_counters(number, &run)?;
        Ok(run)
    }

    /// The spans of a capture of these runs.
    pub fn recorded_spans(&self, logs: &[RunLog]) -> Vec<RecordedSpan> {
        self.spans
            .iter()
            .map(|spec| RecordedSpan {
                name: spec.name.clone(),
                unit: spec.unit,
                combine: spec.combine,
                within: same_in_all(
                    logs.iter()
                        .filter_map(|log| log.span(&spec.name))
                        .map(|span| span.within.as_ref()),
                ),
            })
            .collect()
    }

    fn has_required_counters(&self, number: usize, run: &Run) -> Result<(), Error> {
        let missing: Vec<String> = self
            .counters
            .iter()
            .filter(|spec| spec.required && !run.counters.contains_key(&spec.name))
            .map(|spec| spec.name.clone())
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Error::MissingCounters {
                bench: self.bench.clone(),
                run: number,
                missing,
            })
        }
    }
}

/// The plan that records every span of these runs, in the order of their appearance.
pub fn plan_of_runs(bench: &str, runs: &[RunLog]) -> Plan {
    let mut spans: Vec<SpanSpec> = Vec::new();
    for span in runs.iter().flat_map(|run| &run.spans) {
        if !spans.iter().any(|known| known.name == span.name) {
            spans.push(SpanSpec {
                name: span.name.clone(),
                unit: Unit::fitting(span.sum_ns as f64),
                required: false,
                combine: Combine::Sum,
            });
        }
    }
    Plan {
        bench: bench.to_owned(),
        title: bench.to_owned(),
        spans,
        counters: Vec::new(),
    }
}

/// The capture that a recorded log amounts to. What a log does not say stays absent.
pub fn capture_of_log(plan: &Plan, log: &ParsedLog) -> Result<Capture, Error> {
    let runs: Vec<Run> = log
        .runs
        .iter()
        .enumerate()
        .map(|(index, run)| plan.measure(index + 1, run))
        .collect::<Result<_, _>>()?;
    has_any(&runs, &log.runs)?;
    let header = log.header.clone();
    Ok(Capture {
        schema: SCHEMA,
        bench: plan.bench.clone(),
        title: plan.title.clone(),
        label: header.label.unwrap_or_default(),
        captured_at: header.timestamp.unwrap_or_default(),
        command: header.command.unwrap_or_default(),
        warmup_runs: log.warmup_runs,
        environment: Environment {
            adapter: one_adapter(&log.runs)?,
            ..Environment::default()
        },
        spans: plan.recorded_spans(&log.runs),
        runs,
    })
}

/// Fails if no run has anything that was wanted, with what there is instead.
pub(crate) fn has_any(runs: &[Run], logs: &[RunLog]) -> Result<(), Error> {
    let is_empty = |run: &Run| run.spans_ns.is_empty() && run.counters.is_empty();
    if !runs.iter().all(is_empty) {
        return Ok(());
    }
    let there = logs.iter().find(|log| !log.unwanted.is_empty());
    Err(match there {
        Some(log) => Error::NoWantedSpans {
            runs: runs.len(),
            there: log.unwanted.clone(),
        },
        None => Error::NoSpans {
            runs: runs.len(),
            nearest: logs
                .iter()
                .find_map(|log| log.nearest.clone())
                .map(Box::new),
        },
    })
}

/// The adapter of all runs; two different ones are an error.
pub(crate) fn one_adapter(logs: &[RunLog]) -> Result<Option<crate::log::Adapter>, Error> {
    let mut adapters = logs.iter().filter_map(|log| log.adapter.as_ref());
    let Some(first) = adapters.next() else {
        return Ok(None);
    };
    match adapters.find(|adapter| *adapter != first) {
        Some(other) => Err(Error::AdapterChanged {
            first: first.name.clone(),
            then: other.name.clone(),
        }),
        None => Ok(Some(first.clone())),
    }
}

fn same_in_all<'a>(mut values: impl Iterator<Item = Option<&'a String>>) -> Option<String> {
    let first = values.next()??;
    values
        .all(|value| value == Some(first))
        .then(|| first.clone())
}
