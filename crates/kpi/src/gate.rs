//! Whether a capture holds what its benchmark's gate asks for.

use crate::compare::{change, CompareOptions, SpanChange};
use crate::contract::{AgainstBaseline, CounterGate, Gate, SpanGate};
use crate::history::{medians_ns, Fence, LEAST_CAPTURES};
use crate::record::Capture;
use crate::stats::{smallest_rank_test_p, Summary};

/// How to judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JudgeOptions {
    /// Whether times are compared across different machines.
    pub allow_other_machine: bool,
    /// Whether counters alone are judged.
    pub counters_only: bool,
}

/// What one part of a gate came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The span or counter, or the benchmark as a whole.
    pub subject: String,
    /// Held or not.
    pub outcome: Outcome,
    /// By how much, or why not.
    pub evidence: String,
}

/// Held, fallen short, or impossible to say; the worst one of a gate is the gate's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// What is asked for is there.
    Held,
    /// The evidence does not suffice to judge.
    NotJudged,
    /// What is asked for is not there.
    FellShort,
}

impl Outcome {
    /// The outcome in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Outcome::Held => "held",
            Outcome::NotJudged => "could not judge",
            Outcome::FellShort => "fell short",
        }
    }

    /// The process's exit code: 0 held, 1 fell short, 2 could not judge.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Held => 0,
            Outcome::FellShort => 1,
            Outcome::NotJudged => 2,
        }
    }
}

/// The worst of the outcomes; a gate that found nothing to judge has not held.
pub fn overall(findings: &[Finding]) -> Outcome {
    findings
        .iter()
        .map(|finding| finding.outcome)
        .max()
        .unwrap_or(Outcome::NotJudged)
}

/// Judges `new` by the gate. Without a baseline only the hard limits can be judged.
pub fn judge(
    gate: &Gate,
    base: Option<&Capture>,
    new: &Capture,
    options: JudgeOptions,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !options.counters_only && !gate.spans.is_empty() {
        findings.extend(judge_spans(gate, base, new, options));
    }
    for counter in &gate.counters {
        findings.push(judge_counter(counter, gate, base, new));
    }
    if findings.is_empty() {
        findings.push(not_judged(
            &new.bench,
            "the gate asks for nothing".to_owned(),
        ));
    }
    findings
}

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

fn judge_spans(
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

fn judge_counter(
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

/// Whether durations of the two may be compared; if not, why.
pub fn is_same_machine(base: &Capture, new: &Capture) -> Result<(), String> {
    let (before, after) = (&base.environment, &new.environment);
    let in_words = |name: Option<&str>| name.unwrap_or("not recorded").to_owned();
    let gpu = |environment: &crate::environment::Environment| {
        environment
            .adapter
            .as_ref()
            .map(|adapter| (adapter.name.clone(), adapter.backend.clone()))
    };
    let is_same_gpu = gpu(before) == gpu(after);
    // A software adapter, or none, is as fast as the processor.
    let is_same_cpu = before.cpu == after.cpu && before.cpu_threads == after.cpu_threads;
    if !is_same_gpu {
        let name = |gpu: Option<(String, String)>| match gpu {
            Some((name, backend)) => format!("{name} ({backend})"),
            None => "not recorded".to_owned(),
        };
        return Err(format!(
            "the baseline's GPU is {}, this one's {}",
            name(gpu(before)),
            name(gpu(after))
        ));
    }
    if !is_same_cpu || (before.cpu.is_none() && gpu(before).is_none()) {
        return Err(format!(
            "the baseline's processor is {}, this one's {}",
            in_words(before.cpu.as_deref()),
            in_words(after.cpu.as_deref())
        ));
    }
    Ok(())
}

fn no_baseline(gate: &Gate, new: &Capture) -> String {
    let label = &gate.baseline;
    format!(
        "no baseline `{label}`: make one with `kpi capture {} --label {label}`",
        new.bench
    )
}

fn percent(ratio: f64) -> String {
    format!("{:+.1} %", 100.0 * (ratio - 1.0))
}

fn not_judged(subject: &str, evidence: String) -> Finding {
    finding(subject, Outcome::NotJudged, evidence)
}

fn finding(subject: &str, outcome: Outcome, evidence: String) -> Finding {
    Finding {
        subject: subject.to_owned(),
        outcome,
        evidence,
    }
}
