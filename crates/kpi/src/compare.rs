//! Two captures of one benchmark side by side.

use crate::record::Capture;
use crate::stats::{rank_test_p, ratio_interval, smallest_rank_test_p, Summary};
use crate::unit::Unit;
use serde::Serialize;

/// The row that compares how long the whole commands took.
pub const WALL_CLOCK: &str = "whole command";

/// How sure and how large a change must be to count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompareOptions {
    /// How sure, between 0.5 and 1.
    pub confidence: f64,
    /// Smaller changes than this are noise, as a fraction: 0.02 is 2 %.
    pub noise_threshold: f64,
}

impl Default for CompareOptions {
    fn default() -> Self {
        CompareOptions {
            confidence: 0.95,
            noise_threshold: 0.02,
        }
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
    /// How sure the verdicts are.
    pub confidence: f64,
    /// The spans that both have, in the base's order; then the whole command, if both have it.
    pub spans: Vec<SpanChange>,
    /// The spans that only one of them has.
    pub unmatched: Vec<String>,
    /// The counters that both have.
    pub counters: Vec<CounterChange>,
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
    /// The new median over the base's; absent if the base's is 0.
    pub ratio: Option<f64>,
    /// The ratio's confidence interval.
    pub interval: Option<(f64, f64)>,
    /// The rank test's p-value, two-sided.
    pub p_value: f64,
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
    /// The verdict in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Verdict::Improved => "improved",
            Verdict::Regressed => "regressed",
            Verdict::WithinNoise => "within noise threshold",
            Verdict::NoChange => "no change",
            Verdict::Undecided => "undecided: more runs needed",
            Verdict::TooFewRuns => "too few runs",
        }
    }
}

/// Compares two captures of the same benchmark.
pub fn compare(base: &Capture, new: &Capture, options: CompareOptions) -> Comparison {
    let mut spans = Vec::new();
    let mut unmatched = Vec::new();
    for span in &base.spans {
        let (before, after) = (base.durations_ns(&span.name), new.durations_ns(&span.name));
        match change(&span.name, span.unit, &before, &after, options) {
            Some(change) => spans.push(change),
            None if before.is_empty() && after.is_empty() => {}
            None => unmatched.push(span.name.clone()),
        }
    }
    let only_new = new
        .spans
        .iter()
        .filter(|span| base.span(&span.name).is_none() && !new.durations_ns(&span.name).is_empty());
    unmatched.extend(only_new.map(|span| span.name.clone()));
    spans.extend(change(
        WALL_CLOCK,
        Unit::Ms,
        &base.walls_ns(),
        &new.walls_ns(),
        options,
    ));
    Comparison {
        bench: base.bench.clone(),
        base: base.label.clone(),
        new: new.label.clone(),
        confidence: options.confidence,
        spans,
        unmatched,
        counters: counter_changes(base, new),
    }
}

/// How one series of durations changed; `None` if either is empty.
pub fn change(
    name: &str,
    unit: Unit,
    base_ns: &[f64],
    new_ns: &[f64],
    options: CompareOptions,
) -> Option<SpanChange> {
    let (base, new) = (Summary::of(base_ns)?, Summary::of(new_ns)?);
    let ratio = (base.median > 0.0).then(|| new.median / base.median);
    let interval = ratio_interval(base_ns, new_ns, options.confidence);
    let p_value = rank_test_p(base_ns, new_ns);
    let can_tell = smallest_rank_test_p(base.n, new.n) <= 1.0 - options.confidence;
    let verdict = if can_tell {
        verdict(ratio, interval, p_value, options)
    } else {
        Verdict::TooFewRuns
    };
    Some(SpanChange {
        name: name.to_owned(),
        unit,
        base,
        new,
        ratio,
        interval,
        p_value,
        verdict,
    })
}

fn verdict(
    ratio: Option<f64>,
    interval: Option<(f64, f64)>,
    p_value: f64,
    options: CompareOptions,
) -> Verdict {
    let (Some(ratio), Some((low, high))) = (ratio, interval) else {
        return Verdict::Undecided;
    };
    let noise = options.noise_threshold;
    let is_sure = p_value <= 1.0 - options.confidence && (low > 1.0 || high < 1.0);
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
