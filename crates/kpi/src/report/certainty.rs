//! How a comparison's runs were made, and what its verdicts are worth, in words.

use crate::compare::Comparison;

/// A sentence a line.
pub(super) fn in_words(comparison: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    let corrected = match comparison.spans.len() {
        0 | 1 => Vec::new(),
        n => vec![format!("{n} rows (Holm)")],
    };
    let mut corrected = corrected;
    if let Some(pairing) = &comparison.pairing {
        let mut made = format!(
            "{} pairs of runs in random order (seed {}); ratios are within pairs",
            pairing.pairs, pairing.seed
        );
        if pairing.pairs_discarded > 0 {
            made.push_str(&format!(
                "; {} more pairs discarded, the machine was busy",
                pairing.pairs_discarded
            ));
        }
        if pairing.busy_runs > 0 {
            made.push_str(&format!(
                "; the machine was busy during {} of the runs",
                pairing.busy_runs
            ));
        }
        lines.push(made);
        if pairing.looks_planned > 1 {
            corrected.push(format!(
                "{} looks, of which this is number {}",
                pairing.looks_planned, pairing.looks
            ));
        }
    }
    let sure = format!(
        "all verdicts together are {} % sure",
        100.0 * comparison.confidence
    );
    lines.push(if corrected.is_empty() {
        sure
    } else {
        format!("{sure}: corrected for {}", corrected.join(" and for "))
    });
    lines
}
