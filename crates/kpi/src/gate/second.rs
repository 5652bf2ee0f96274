//! A time that fell short is measured again before it counts.

use super::{Finding, Outcome};
use crate::contract::Gate;

/// Whether something that more runs could refute fell short: a time. Counters are what they are.
pub fn needs_second_measurement(gate: &Gate, findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.outcome == Outcome::FellShort && is_of_span(gate, finding))
}

/// Both measurements' findings as one: a span fell short only if it did so in both.
pub fn with_second_measurement(
    gate: &Gate,
    first: Vec<Finding>,
    second: &[Finding],
) -> Vec<Finding> {
    let merged = first.into_iter().map(|first| {
        if first.outcome != Outcome::FellShort || !is_of_span(gate, &first) {
            return first;
        }
        let again = second.iter().find(|second| second.subject == first.subject);
        match again {
            Some(again) => Finding {
                evidence: format!(
                    "first {}: {}\nagain {}: {}",
                    first.outcome.in_words(),
                    first.evidence,
                    again.outcome.in_words(),
                    again.evidence
                ),
                outcome: again.outcome,
                subject: first.subject,
            },
            None => Finding {
                outcome: Outcome::NotJudged,
                evidence: format!("{}; not measured again", first.evidence),
                ..first
            },
        }
    });
    merged.collect()
}

fn is_of_span(gate: &Gate, finding: &Finding) -> bool {
    let name = finding.subject.trim_end_matches(" (history)");
    gate.spans.iter().any(|span| span.name == name)
        && !gate
            .counters
            .iter()
            .any(|counter| counter.name == finding.subject)
}
