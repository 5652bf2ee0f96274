//! Summaries and comparisons for machines: durations in nanoseconds.

use crate::compare::{Comparison, Pairing, Verdict};
use crate::environment::Environment;
use crate::error::Error;
use crate::record::Capture;
use crate::stats::Summary;
use serde::Serialize;

#[derive(Serialize)]
struct CaptureSummary<'a> {
    bench: &'a str,
    label: &'a str,
    captured_at: &'a str,
    runs: usize,
    environment: &'a Environment,
    spans: Vec<SpanSummary<'a>>,
    counters: Vec<CounterSummary>,
}

#[derive(Serialize)]
struct SpanSummary<'a> {
    name: &'a str,
    n: usize,
    median_ns: Option<f64>,
    min_ns: Option<f64>,
    max_ns: Option<f64>,
    spread_percent: Option<f64>,
}

#[derive(Serialize)]
struct CounterSummary {
    name: String,
    n: usize,
    min: Option<u64>,
    max: Option<u64>,
}

#[derive(Serialize)]
struct ComparisonSummary<'a> {
    bench: &'a str,
    base: &'a str,
    new: &'a str,
    confidence: f64,
    is_corrected: bool,
    noise_threshold: f64,
    pairing: Option<&'a Pairing>,
    spans: Vec<ChangeSummary<'a>>,
    unmatched: &'a [String],
    counters: Vec<CounterChangeSummary<'a>>,
}

#[derive(Serialize)]
struct ChangeSummary<'a> {
    name: &'a str,
    base_median_ns: f64,
    new_median_ns: f64,
    base_n: usize,
    new_n: usize,
    ratio: Option<f64>,
    interval: Option<(f64, f64)>,
    p_value: f64,
    p_adjusted: f64,
    verdict: Verdict,
}

#[derive(Serialize)]
struct CounterChangeSummary<'a> {
    name: &'a str,
    base: u64,
    new: u64,
}

/// All captures' summaries as one JSON array.
pub fn captures<'a>(captures: impl IntoIterator<Item = &'a Capture>) -> Result<String, Error> {
    let summaries: Vec<CaptureSummary<'_>> = captures.into_iter().map(summary).collect();
    to_text(&summaries)
}

/// All comparisons as one JSON array.
pub fn comparisons(comparisons: &[Comparison]) -> Result<String, Error> {
    let summaries: Vec<ComparisonSummary<'_>> = comparisons.iter().map(changes).collect();
    to_text(&summaries)
}

fn summary(capture: &Capture) -> CaptureSummary<'_> {
    CaptureSummary {
        bench: &capture.bench,
        label: &capture.label,
        captured_at: &capture.captured_at,
        runs: capture.runs.len(),
        environment: &capture.environment,
        spans: capture
            .spans
            .iter()
            .map(|span| {
                let summary = Summary::of(&capture.durations_ns(&span.name));
                SpanSummary {
                    name: &span.name,
                    n: summary.map_or(0, |s| s.n),
                    median_ns: summary.map(|s| s.median),
                    min_ns: summary.map(|s| s.min),
                    max_ns: summary.map(|s| s.max),
                    spread_percent: summary.map(|s| s.spread_percent()),
                }
            })
            .collect(),
        counters: capture
            .counter_names()
            .into_iter()
            .map(|name| {
                let values = capture.counter(&name);
                CounterSummary {
                    n: values.len(),
                    min: values.iter().min().copied(),
                    max: values.iter().max().copied(),
                    name,
                }
            })
            .collect(),
    }
}

fn changes(comparison: &Comparison) -> ComparisonSummary<'_> {
    ComparisonSummary {
        bench: &comparison.bench,
        base: &comparison.base,
        new: &comparison.new,
        confidence: comparison.confidence,
        is_corrected: comparison.is_corrected,
        noise_threshold: comparison.noise_threshold,
        pairing: comparison.pairing.as_ref(),
        spans: comparison
            .spans
            .iter()
            .map(|change| ChangeSummary {
                name: &change.name,
                base_median_ns: change.base.median,
                new_median_ns: change.new.median,
                base_n: change.base.n,
                new_n: change.new.n,
                ratio: change.ratio,
                interval: change.interval,
                p_value: change.p_value,
                p_adjusted: change.p_adjusted,
                verdict: change.verdict,
            })
            .collect(),
        unmatched: &comparison.unmatched,
        counters: comparison
            .counters
            .iter()
            .map(|counter| CounterChangeSummary {
                name: &counter.name,
                base: counter.base,
                new: counter.new,
            })
            .collect(),
    }
}

fn to_text(value: &impl Serialize) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Error::Format {
        format: "JSON",
        reason: error.to_string(),
    })?;
    text.push('\n');
    Ok(text)
}
