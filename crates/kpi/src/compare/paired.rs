//! Runs that were made in pairs: what counts is the ratio within each.
//!
//! Whatever slows the machine down slows both runs of a pair, so it cancels in their ratio; and the order
//! within a pair is random, so what it does to one run of a pair and not the other favours neither side.

use super::{counter_changes, rows, CompareOptions, Comparison, Row, SpanChange, Verdict};
use crate::record::Capture;
use crate::stats::{
    hodges_lehmann, hodges_lehmann_interval, holm_adjusted, signed_rank_p_above,
    signed_rank_p_below, smallest_signed_rank_p, Looks, Summary,
};
use serde::Serialize;

/// How the runs of a comparison were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pairing {
    /// How many pairs there are.
    pub pairs: u32,
    /// What the order within the pairs was drawn from; absent where only the captures are known.
    pub seed: Option<u64>,
    /// How often the runs were looked at, this time included.
    pub looks: usize,
    /// How often they could have been, which is what each verdict's certainty allows for.
    pub looks_planned: usize,
    /// How many pairs were made again because the machine was busy.
    pub pairs_discarded: u32,
    /// How many runs that are used were made while the machine was busy.
    pub busy_runs: u32,
}

/// What the three questions about one span come to, as p-values.
struct Questions {
    /// Is it changed beyond the noise threshold?
    changed: f64,
    /// Is it not?
    unchanged: f64,
    is_slower: bool,
}

/// Compares two captures whose runs with the same number were made as a pair.
///
/// A span is improved or regressed if its ratio surely lies beyond the noise threshold, and unchanged if it
/// surely lies within. All verdicts of the first kind together, over all spans and looks, contain a wrong
/// one with at most the probability that the confidence leaves; and so do all of the second kind. What an
/// earlier look has decided stays decided.
pub fn compare_pairs(
    base: &Capture,
    new: &Capture,
    options: &CompareOptions,
    looks: &Looks,
    pairing: Pairing,
    earlier: Option<&Comparison>,
) -> Comparison {
    let confidence = looks.confidence_of_each(options.confidence);
    let mut rows = rows(base, new, options);
    let differences: Vec<Vec<f64>> = rows.matched.iter().map(log_ratios).collect();
    let noise = options.noise_threshold.ln_1p();
    let questions: Vec<Questions> = differences.iter().map(|d| ask(d, noise)).collect();
    let changed = holm_adjusted(&questions.iter().map(|q| q.changed).collect::<Vec<_>>());
    let unchanged = holm_adjusted(&questions.iter().map(|q| q.unchanged).collect::<Vec<_>>());
    let p_values: Vec<f64> = differences.iter().map(|d| two_sided_p(d, 0.0)).collect();
    let p_adjusted = holm_adjusted(&p_values);
    let mut spans = Vec::new();
    for (index, row) in rows.matched.iter().enumerate() {
        let (Some(base), Some(new)) = (Summary::of(&row.base), Summary::of(&row.new)) else {
            continue;
        };
        let differences = &differences[index];
        let interval = hodges_lehmann_interval(differences, confidence);
        let decided = earlier
            .and_then(|earlier| earlier.spans.iter().find(|span| span.name == row.name))
            .map(|span| span.verdict)
            .filter(|verdict| verdict.is_decided());
        let smallest = rows.matched.len() as f64 * smallest_signed_rank_p(differences.len());
        let verdict = if smallest > 1.0 - confidence {
            Verdict::TooFewRuns
        } else if changed[index] <= 1.0 - confidence && questions[index].is_slower {
            Verdict::Regressed
        } else if changed[index] <= 1.0 - confidence {
            Verdict::Improved
        } else if unchanged[index] <= 1.0 - confidence {
            Verdict::NoChange
        } else {
            Verdict::Undecided
        };
        spans.push(SpanChange {
            name: row.name.clone(),
            unit: row.unit,
            base,
            new,
            ratio: hodges_lehmann(differences).map(f64::exp),
            interval: interval.map(|(low, high)| (low.exp(), high.exp())),
            p_value: p_values[index],
            p_adjusted: p_adjusted[index],
            verdict: decided.unwrap_or(verdict),
        });
    }
    Comparison {
        bench: base.bench.clone(),
        base: base.label.clone(),
        new: new.label.clone(),
        confidence: options.confidence,
        is_corrected: true,
        noise_threshold: options.noise_threshold,
        pairing: Some(pairing),
        spans,
        unmatched: std::mem::take(&mut rows.unmatched),
        counters: counter_changes(base, new),
    }
}

/// Logarithms turn ratios into differences, and equal speed into 0. A run of no time at all has no ratio.
fn log_ratios(row: &Row) -> Vec<f64> {
    let pairs = row.base.iter().zip(&row.new);
    pairs
        .filter(|(base, new)| **base > 0.0 && **new > 0.0)
        .map(|(base, new)| (new / base).ln())
        .collect()
}

/// The threshold is as far above as below on the scale of ratios: 1.01 and 1 / 1.01.
fn ask(differences: &[f64], noise: f64) -> Questions {
    let slower = signed_rank_p_above(differences, noise);
    let faster = signed_rank_p_below(differences, -noise);
    let not_slower = signed_rank_p_below(differences, noise);
    let not_faster = signed_rank_p_above(differences, -noise);
    Questions {
        changed: (2.0 * slower.min(faster)).min(1.0),
        // Both must be sure, so no correction for there being two is needed; twice the larger one agrees
        // with the interval, which is two-sided.
        unchanged: (2.0 * not_slower.max(not_faster)).min(1.0),
        is_slower: slower < faster,
    }
}

fn two_sided_p(differences: &[f64], center: f64) -> f64 {
    let above = signed_rank_p_above(differences, center);
    let below = signed_rank_p_below(differences, center);
    (2.0 * above.min(below)).min(1.0)
}
