//! How a comparison's runs were made, and what its verdicts are worth, in words.

use crate::compare::Comparison;

/// A sentence a line.
pub(super) fn in_words(comparison: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    let mut corrected = match comparison.spans.len() {
        0 | 1 => Vec::new(),
        n => vec![format!("{n} rows (Holm)")],
    };
    if let Some(pairing) = &comparison.pairing {
        let order = match pairing.seed {
            Some(seed) => format!(" in random order (seed {seed})"),
            None => String::new(),
        };
        let mut made = format!(
            "{} of runs{order}; ratios are within pairs",
            pairs_in_words(pairing.pairs)
        );
        if pairing.pairs_discarded > 0 {
            made.push_str(&format!(
                "; {} more discarded, the machine was busy",
                pairs_in_words(pairing.pairs_discarded)
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
    let percent = 100.0 * comparison.confidence;
    lines.push(if !comparison.is_corrected {
        format!(
            "each verdict by itself is {percent} % sure, all {} together are not: for that, make more runs or choose rows with --span",
            comparison.spans.len()
        )
    } else if corrected.is_empty() {
        format!("the verdict is {percent} % sure")
    } else {
        let corrected = corrected.join(" and for ");
        format!("all verdicts together are {percent} % sure: corrected for {corrected}")
    });
    lines
}

fn pairs_in_words(pairs: u32) -> String {
    match pairs {
        1 => "1 pair".to_owned(),
        n => format!("{n} pairs"),
    }
}
