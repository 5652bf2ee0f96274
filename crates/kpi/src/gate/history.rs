//! Times against the captures before.

use super::{finding, not_judged, Finding, Outcome};
use crate::contract::Gate;
use crate::history::{medians_ns, Fence, LEAST_CAPTURES};
use crate::record::Capture;
use crate::stats::Summary;

/// Judges the spans by the captures before `new`, whatever the baseline is.
pub fn judge_history(gate: &Gate, before: &[&Capture], new: &Capture) -> Vec<Finding> {
    let judged = gate.spans.iter().map(|span| {
        let subject = format!("{} (history)", span.name);
        let medians = medians_ns(&span.name, before);
        let Some(fence) = Fence::of(&medians) else {
            let evidence = format!(
                "{} comparable captures have it, {LEAST_CAPTURES} are needed: they come about by `kpi capture {}`",
                medians.len(),
                new.bench
            );
            return not_judged(&subject, evidence);
        };
        let Some(summary) = Summary::of(&new.durations_ns(&span.name)) else {
            return not_judged(&subject, "no run has it".to_owned());
        };
        let unit = new.span(&span.name).map(|span| span.unit).unwrap_or_default();
        let evidence = format!(
            "{} {}, fence {} to {} of {} captures (median {}, IQR {})",
            unit.format(summary.median),
            unit.symbol(),
            unit.format(fence.low_ns()),
            unit.format(fence.high_ns()),
            fence.captures,
            unit.format(fence.median_ns),
            unit.format(fence.iqr_ns)
        );
        let is_above = summary.median > fence.high_ns()
            && summary.median - fence.median_ns > span.min_effect_ns;
        let outcome = if is_above {
            Outcome::FellShort
        } else {
            Outcome::Held
        };
        finding(&subject, outcome, evidence)
    });
    judged.collect()
}
