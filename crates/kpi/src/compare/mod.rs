//! Two captures of one benchmark side by side.

mod paired;

pub use paired::{compare_pairs, Pairing};

use crate::record::Capture;
use crate::stats::{holm_adjusted, rank_test_p, ratio_interval, smallest_rank_test_p, Summary};
use crate::unit::Unit;
use serde::Serialize;

/// The row that compares how long the whole commands took.
pub const WALL_CLOCK: &str = "whole command";
/// The row that compares how long processors worked for the whole commands. Other programs on the machine
/// make a command wait, which this leaves out.
pub const CPU_TIME: &str = "processor time";

/// How sure and how large a change must be to count.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareOptions {
    /// How sure, between 0.5 and 1.
    pub confidence: f64,
    /// Smaller changes than this are noise, as a fraction: 0.02 is 2 %.
    pub noise_threshold: f64,
    /// The spans to compare; none means all that both have.
    pub spans: Vec<String>,
}

impl Default for CompareOptions {
    fn default() -> Self {
        CompareOptions {
            confidence: 0.95,
            noise_threshold: 0.02,
            spans: Vec::new(),
        }
    }
}

impl CompareOptions {
    fn wants(&self, span: &str) -> bool {
        self.spans.is_empty() || self.spans.iter().any(|wanted| wanted == span)
    }
}

/// One benchmark's comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The benchmark.
    pub bench: String,
    /// The base's label.
    pub base: String,
    /// The other one's label.
    pub new: String,
    /// How sure the verdicts are: all of them together, or each by itself.
    pub confidence: f64,
    /// Whether all of them together are, by Holm's correction. A few runs of many spans are too few for
    /// that, and enough for each span by itself.
    pub is_corrected: bool,
    /// Smaller changes than this are noise, as a fraction.
    pub noise_threshold: f64,
    /// How the runs were made, if in pairs.
    pub pairing: Option<Pairing>,
    /// The spans that both have, in the base's order; then the whole command, if both have it.
    pub spans: Vec<SpanChange>,
    /// The spans that only one of them has.
    pub unmatched: Vec<String>,
    /// The counters that both have.
    pub counters: Vec<CounterChange>,
}

impl Comparison {
    /// Whether more runs could not change any verdict.
    pub fn is_decided(&self) -> bool {
        self.spans.iter().all(|span| span.verdict.is_decided())
    }
}

/// How one span changed.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanChange {
    /// The span.
    pub name: String,
    /// The unit in which it is shown.
    pub unit: Unit,
    /// The base's durations, in nanoseconds.
    pub base: Summary,
    /// The new durations, in nanoseconds.
    pub new: Summary,
    /// The new duration over the base's: of the medians, or within pairs. Absent if the base's is 0.
    pub ratio: Option<f64>,
    /// The interval that holds the ratio with the comparison's confidence.
    pub interval: Option<(f64, f64)>,
    /// The rank test's p-value, two-sided: how often two series of the same durations differ as much.
    pub p_value: f64,
    /// The same after Holm's correction for the number of spans, where the comparison has it.
    pub p_adjusted: f64,
    /// What it amounts to.
    pub verdict: Verdict,
}

/// How one counter changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterChange {
    /// The counter.
    pub name: String,
    /// The base's largest value of any run.
    pub base: u64,
    /// The new largest value of any run.
    pub new: u64,
}

/// What a change amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Surely faster, by more than the noise threshold.
    Improved,
    /// Surely slower, by more than the noise threshold.
    Regressed,
    /// Surely changed, but by less than the noise threshold.
    WithinNoise,
    /// Surely within the noise threshold, if changed at all.
    NoChange,
    /// The runs scatter too much to say.
    Undecided,
    /// So few runs could not show any change with this confidence.
    TooFewRuns,
}

impl Verdict {
    /// Whether more runs could not change it.
    pub fn is_decided(self) -> bool {
        !matches!(self, Verdict::Undecided | Verdict::TooFewRuns)
    }

    /// The verdict in words.
    pub fn in_words(self, noise_threshold: f64) -> String {
        let percent = 100.0 * noise_threshold;
        match self {
            Verdict::Improved => "improved".to_owned(),
            Verdict::Regressed => "regressed".to_owned(),
            Verdict::WithinNoise => "within noise threshold".to_owned(),
            Verdict::NoChange => format!("no change beyond {percent} %"),
            Verdict::Undecided => "undecided: more runs needed".to_owned(),
            Verdict::TooFewRuns => "too few runs".to_owned(),
        }
    }
}

/// Compares two captures of the same benchmark whose runs are independent of each other.
pub fn compare(base: &Capture, new: &Capture, options: &CompareOptions) -> Comparison {
    let mut rows = rows(base, new, options);
    let mut spans: Vec<SpanChange> = rows
        .matched
        .iter()
        .filter_map(|row| change(&row.name, row.unit, &row.base, &row.new, options))
        .collect();
    let adjusted = holm_adjusted(&spans.iter().map(|span| span.p_value).collect::<Vec<_>>());
    let family = spans.len() as f64;
    let needed = 1.0 - options.confidence;
    let smallest = |span: &SpanChange| smallest_rank_test_p(span.base.n, span.new.n);
    // Known from the numbers of runs alone, so it cannot be a choice between results.
    let is_corrected = spans
        .iter()
        .all(|span| family * smallest(span) <= needed || smallest(span) > needed);
    for (span, p_adjusted) in spans.iter_mut().zip(adjusted) {
        if is_corrected {
            span.p_adjusted = p_adjusted;
            span.verdict = match smallest(span) > needed {
                true => Verdict::TooFewRuns,
                false => verdict(span, options),
            };
        }
    }
    Comparison {
        bench: base.bench.clone(),
        base: base.label.clone(),
        new: new.label.clone(),
        confidence: options.confidence,
        is_corrected,
        noise_threshold: options.noise_threshold,
        pairing: None,
        spans,
        unmatched: std::mem::take(&mut rows.unmatched),
        counters: counter_changes(base, new),
    }
}

/// The durations to compare.
struct Rows {
    matched: Vec<Row>,
    unmatched: Vec<String>,
}

/// Both sides' durations of one span, in nanoseconds.
struct Row {
    name: String,
    unit: Unit,
    base: Vec<f64>,
    new: Vec<f64>,
}

fn rows(base: &Capture, new: &Capture, options: &CompareOptions) -> Rows {
    let mut matched = Vec::new();
    let mut unmatched = Vec::new();
    for span in base.spans.iter().filter(|span| options.wants(&span.name)) {
        let row = Row {
            name: span.name.clone(),
            unit: span.unit,
            base: base.durations_ns(&span.name),
            new: new.durations_ns(&span.name),
        };
        match (row.base.is_empty(), row.new.is_empty()) {
            (false, false) => matched.push(row),
            (true, true) => {}
            _ => unmatched.push(row.name),
        }
    }
    let only_new = new.spans.iter().filter(|span| {
        options.wants(&span.name)
            && base.span(&span.name).is_none()
            && !new.durations_ns(&span.name).is_empty()
    });
    unmatched.extend(only_new.map(|span| span.name.clone()));
    let whole = [
        (WALL_CLOCK, base.walls_ns(), new.walls_ns()),
        (CPU_TIME, base.cpu_times_ns(), new.cpu_times_ns()),
    ];
    // Every row makes all others need more runs, so a program with spans is not also judged by its
    // processor time unless that is asked for.
    let is_asked_for = |name: &str| options.spans.iter().any(|wanted| wanted == name);
    let has_spans = !matched.is_empty();
    for (name, base, new) in whole {
        let is_wanted = options.wants(name) && (name != CPU_TIME || !has_spans);
        if (is_wanted || is_asked_for(name)) && !base.is_empty() && !new.is_empty() {
            matched.push(Row {
                name: name.to_owned(),
                unit: Unit::Ms,
                base,
                new,
            });
        }
    }
    Rows { matched, unmatched }
}

/// How one series of durations changed, judged by itself; `None` if either is empty.
pub fn change(
    name: &str,
    unit: Unit,
    base_ns: &[f64],
    new_ns: &[f64],
    options: &CompareOptions,
) -> Option<SpanChange> {
    let (base, new) = (Summary::of(base_ns)?, Summary::of(new_ns)?);
    let p_value = rank_test_p(base_ns, new_ns);
    let mut change = SpanChange {
        name: name.to_owned(),
        unit,
        base,
        new,
        ratio: (base.median > 0.0).then(|| new.median / base.median),
        interval: ratio_interval(base_ns, new_ns, options.confidence),
        p_value,
        p_adjusted: p_value,
        verdict: Verdict::TooFewRuns,
    };
    if smallest_rank_test_p(base.n, new.n) <= 1.0 - options.confidence {
        change.verdict = verdict(&change, options);
    }
    Some(change)
}

fn verdict(change: &SpanChange, options: &CompareOptions) -> Verdict {
    let (Some(ratio), Some((low, high))) = (change.ratio, change.interval) else {
        return Verdict::Undecided;
    };
    let noise = options.noise_threshold;
    let is_sure = change.p_adjusted <= 1.0 - options.confidence && (low > 1.0 || high < 1.0);
    if is_sure && (ratio - 1.0).abs() < noise {
        Verdict::WithinNoise
    } else if is_sure && ratio < 1.0 {
        Verdict::Improved
    } else if is_sure {
        Verdict::Regressed
    } else if low >= 1.0 - noise && high <= 1.0 + noise {
        Verdict::NoChange
    } else {
        Verdict::Undecided
    }
}

fn counter_changes(base: &Capture, new: &Capture) -> Vec<CounterChange> {
    base.counter_names()
        .into_iter()
        .filter_map(|name| {
            Some(CounterChange {
                base: base.counter(&name).into_iter().max()?,
                new: new.counter(&name).into_iter().max()?,
                name,
            })
        })
        .collect()
}
