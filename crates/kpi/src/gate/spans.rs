//! Times against the baseline.

use super::{no_baseline, not_judged, Finding, JudgeOptions, Outcome};
use crate::compare::{change, CompareOptions, SpanChange};
use crate::contract::{Gate, SpanGate};
use crate::record::{is_same_machine, Capture};
use crate::stats::smallest_rank_test_p;

pub(super) fn judge_spans(
    gate: &Gate,
    base: Option<&Capture>,
    new: &Capture,
    options: JudgeOptions,
) -> Vec<Finding> {
    let Some(base) = base else {
        return vec![not_judged(&new.bench, no_baseline(gate, new))];
    };
    if let Err(difference) = is_same_machine(base, new) {
        if !options.allow_other_machine {
            return vec![not_judged(
                &new.bench,
                format!("times are not comparable: {difference}; pass --allow-other-machine to compare them all the same"),
            )];
        }
    }
    gate.spans
        .iter()
        .filter_map(|span| judge_span(span, gate, base, new))
        .collect()
}

/// `None` for a span that neither side has: it may be absent, or the capture would have failed.
fn judge_span(span: &SpanGate, gate: &Gate, base: &Capture, new: &Capture) -> Option<Finding> {
    let (before, after) = (base.durations_ns(&span.name), new.durations_ns(&span.name));
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let fewest = before.len().min(after.len());
    if fewest < gate.min_runs as usize {
        return Some(not_judged(
            &span.name,
            format!(
                "{} baseline and {} new runs have it, {} are needed",
                before.len(),
                after.len(),
                gate.min_runs
            ),
        ));
    }
    if smallest_rank_test_p(before.len(), after.len()) > 1.0 - gate.confidence {
        return Some(not_judged(
            &span.name,
            format!(
                "{fewest} runs cannot show any change with {} % confidence: capture more runs",
                100.0 * gate.confidence
            ),
        ));
    }
    let unit = new
        .span(&span.name)
        .map(|span| span.unit)
        .unwrap_or_default();
    let options = CompareOptions {
        confidence: gate.confidence,
        noise_threshold: 0.0,
        spans: Vec::new(),
    };
    let change = change(&span.name, unit, &before, &after, &options)?;
    Some(judge_change(span, gate, &change))
}

fn judge_change(span: &SpanGate, gate: &Gate, change: &SpanChange) -> Finding {
    let (Some(ratio), Some((low, high))) = (change.ratio, change.interval) else {
        return not_judged(&span.name, "the baseline's duration is 0".to_owned());
    };
    let allowed = 1.0 + span.max_slowdown_percent / 100.0;
    let slower_ns = change.new.median - change.base.median;
    let evidence = format!(
        "{} -> {} {}, {} (interval {} to {}), allowed {:+.1} %",
        change.unit.format(change.base.median),
        change.unit.format(change.new.median),
        change.unit.symbol(),
        percent(ratio),
        percent(low),
        percent(high),
        span.max_slowdown_percent
    );
    let is_allowed = ratio <= allowed || slower_ns <= span.min_effect_ns;
    let is_sure = change.p_value <= 1.0 - gate.confidence && low > 1.0;
    let (outcome, evidence) = match (is_allowed, is_sure) {
        (true, _) => (Outcome::Held, evidence),
        (false, true) => (Outcome::FellShort, evidence),
        (false, false) => (
            Outcome::NotJudged,
            format!("{evidence}; the runs scatter too much to be sure: capture more runs"),
        ),
    };
    Finding {
        subject: span.name.clone(),
        outcome,
        evidence,
    }
}

fn percent(ratio: f64) -> String {
    format!("{:+.1} %", 100.0 * (ratio - 1.0))
}
