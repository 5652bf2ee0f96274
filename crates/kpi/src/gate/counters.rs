//! Counters against their limits and the baseline.

use super::{finding, no_baseline, not_judged, Finding, Outcome};
use crate::contract::{AgainstBaseline, CounterGate, Gate};
use crate::record::Capture;

pub(super) fn judge_counter(
    counter: &CounterGate,
    gate: &Gate,
    base: Option<&Capture>,
    new: &Capture,
) -> Finding {
    let values = new.counter(&counter.name);
    let (Some(&min), Some(&max)) = (values.iter().min(), values.iter().max()) else {
        return not_judged(&counter.name, "no run reports it".to_owned());
    };
    if values.len() != new.runs.len() {
        let reports = format!("{} of {} runs report it", values.len(), new.runs.len());
        return not_judged(&counter.name, reports);
    }
    if let Some(limit) = counter.max.filter(|limit| max > *limit) {
        let evidence = format!("{max}, {} above the limit of {limit}", max - limit);
        return finding(&counter.name, Outcome::FellShort, evidence);
    }
    if counter.against_baseline == AgainstBaseline::Ignore {
        return match counter.max {
            Some(limit) => finding(
                &counter.name,
                Outcome::Held,
                format!("{max}, limit {limit}"),
            ),
            None => not_judged(
                &counter.name,
                "neither a limit nor a baseline to judge by".to_owned(),
            ),
        };
    }
    let Some(base) = base else {
        return not_judged(&counter.name, no_baseline(gate, new));
    };
    let before = base.counter(&counter.name);
    let (Some(&base_min), Some(&base_max)) = (before.iter().min(), before.iter().max()) else {
        let evidence = format!("the baseline `{}` does not have it", base.label);
        return not_judged(&counter.name, evidence);
    };
    let is_held = match counter.against_baseline {
        AgainstBaseline::Equal => (min, max) == (base_min, base_max),
        AgainstBaseline::NotAbove | AgainstBaseline::Ignore => max <= base_max,
    };
    let outcome = if is_held {
        Outcome::Held
    } else {
        Outcome::FellShort
    };
    let evidence = match max.cmp(&base_max) {
        std::cmp::Ordering::Equal if is_held => format!("{max}, as the baseline"),
        std::cmp::Ordering::Equal => {
            format!("{min} to {max}, the baseline has {base_min} to {base_max}")
        }
        std::cmp::Ordering::Greater => {
            format!("{max}, {} above the baseline's {base_max}", max - base_max)
        }
        std::cmp::Ordering::Less => {
            format!("{max}, {} below the baseline's {base_max}", base_max - max)
        }
    };
    finding(&counter.name, outcome, evidence)
}
