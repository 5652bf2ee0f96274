//! Whether a capture holds what its benchmark's gate asks for.

mod counters;
mod history;
mod second;
mod spans;

pub use history::judge_history;
pub use second::{needs_second_measurement, with_second_measurement};

use crate::contract::Gate;
use crate::record::Capture;

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
        findings.extend(spans::judge_spans(gate, base, new, options));
    }
    for counter in &gate.counters {
        findings.push(counters::judge_counter(counter, gate, base, new));
    }
    if findings.is_empty() {
        findings.push(not_judged(
            &new.bench,
            "the gate asks for nothing".to_owned(),
        ));
    }
    findings
}

fn no_baseline(gate: &Gate, new: &Capture) -> String {
    let label = &gate.baseline;
    format!(
        "no baseline `{label}`: make one with `kpi capture {} --label {label}`",
        new.bench
    )
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
