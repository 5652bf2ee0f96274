//! Runs that were made in pairs: what counts is the ratio within each.
//!
//! Whatever slows the machine down slows both runs of a pair, so it cancels in their ratio; and the order
//! within a pair is random, so what it does to one run of a pair and not the other favours neither side.

use super::{
    counter_changes, rows, CompareOptions, Comparison, SpanChange, Verdict, CPU_TIME, WALL_CLOCK,
};
use crate::record::{Capture, Run};
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
    let names = rows.matched.iter().map(|row| row.name.as_str());
    let differences: Vec<Vec<f64>> = names.map(|name| log_ratios(base, new, name)).collect();
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

/// Logarithms turn ratios into differences, and equal speed into 0. A pair counts if both of its runs have
/// the row; a run of no time at all has no ratio.
fn log_ratios(base: &Capture, new: &Capture, row: &str) -> Vec<f64> {
    let pairs = base.runs.iter().zip(&new.runs);
    let durations =
        pairs.filter_map(|(base, new)| Some((duration(base, row)?, duration(new, row)?)));
    durations
        .filter(|(base, new)| *base > 0 && *new > 0)
        .map(|(base, new)| (new as f64 / base as f64).ln())
        .collect()
}

fn duration(run: &Run, row: &str) -> Option<u64> {
    let of_span = run.spans_ns.get(row).copied();
    of_span.or(match row {
        WALL_CLOCK => run.wall_ns,
        CPU_TIME => run.cpu_ns,
        _ => None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{RecordedSpan, SCHEMA};

    fn capture(durations_ns: &[Option<u64>]) -> Capture {
        let run = |ns: &Option<u64>| Run {
            spans_ns: ns.iter().map(|ns| ("prove".to_owned(), *ns)).collect(),
            ..Run::default()
        };
        Capture {
            schema: SCHEMA,
            bench: "b".to_owned(),
            title: String::new(),
            label: String::new(),
            captured_at: String::new(),
            command: String::new(),
            warmup_runs: 0,
            environment: Default::default(),
            spans: vec![RecordedSpan {
                name: "prove".to_owned(),
                unit: Default::default(),
                combine: Default::default(),
                within: None,
            }],
            runs: durations_ns.iter().map(run).collect(),
        }
    }

    fn compared(base: &Capture, new: &Capture, looks: &Looks) -> SpanChange {
        let options = CompareOptions::default();
        let mut comparison = compare_pairs(base, new, &options, looks, Pairing::default(), None);
        comparison.spans.remove(0)
    }

    #[test]
    fn a_run_without_the_span_takes_its_pair_along_and_shifts_no_other() {
        // Twice as slow in every pair; shifted by one, the ratios would be all over the place.
        let base: Vec<Option<u64>> = (1..=12).map(|n| Some(1000 * n * n)).collect();
        let mut new: Vec<Option<u64>> = base.iter().map(|ns| ns.map(|ns| 2 * ns)).collect();
        new[4] = None;
        let change = compared(&capture(&base), &capture(&new), &Looks::once(12));
        assert!((change.ratio.unwrap_or_default() - 2.0).abs() < 1e-12);
        assert_eq!(change.verdict, Verdict::Regressed);
    }

    #[test]
    fn pairs_that_share_a_load_are_told_apart_though_the_series_overlap() {
        let load = [1.0, 3.0, 1.5, 8.0, 2.0, 5.0, 1.2, 9.0, 4.0, 2.5];
        let base: Vec<Option<u64>> = load.iter().map(|x| Some((1e6 * x) as u64)).collect();
        let new: Vec<Option<u64>> = load.iter().map(|x| Some((1.05e6 * x) as u64)).collect();
        let (base, new) = (capture(&base), capture(&new));
        let change = compared(&base, &new, &Looks::once(10));
        assert_eq!(change.verdict, Verdict::Regressed);
        let unpaired = super::super::compare(&base, &new, &CompareOptions::default());
        assert_eq!(unpaired.spans[0].verdict, Verdict::Undecided);
    }

    #[test]
    fn more_looks_need_more_pairs() {
        let base = capture(&[Some(1000); 9]);
        let new = capture(&[Some(1100); 9]);
        let verdict = |looks: &Looks| compared(&base, &new, looks).verdict;
        assert_eq!(verdict(&Looks::once(9)), Verdict::Regressed);
        assert_eq!(verdict(&Looks::until(100_000)), Verdict::TooFewRuns);
    }
}
