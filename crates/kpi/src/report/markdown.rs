//! Tables for documents and pull requests.

use crate::compare::Comparison;
use crate::record::Capture;
use crate::stats::Summary;
use std::fmt::Write;

/// One benchmark's column of the milestone table.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// The benchmark's name for people.
    pub title: &'a str,
    /// Its capture; without one the column says `N/A`.
    pub capture: Option<&'a Capture>,
}

/// The milestone table: a row per span, a column per benchmark, medians with two decimals.
///
/// Medians are in the unit of the first span; a contract that mixes units within one table says so per
/// span, and then the unit stands beside the value.
pub fn milestone_table(columns: &[Column<'_>]) -> String {
    let names = span_names(columns);
    let unit = columns
        .iter()
        .find_map(|column| column.capture?.spans.first().map(|span| span.unit))
        .unwrap_or_default();
    let mut text = String::from("| Span |");
    for column in columns {
        let n = column.capture.map_or(0, |capture| capture.runs.len());
        let _ = write!(
            text,
            " {} median ({}, n={n}) |",
            cell(column.title),
            unit.symbol()
        );
    }
    text.push_str("\n| --- |");
    text.push_str(&" ---: |".repeat(columns.len()));
    text.push('\n');
    for name in names {
        let _ = write!(text, "| `{}` |", cell(name));
        for column in columns {
            let value = column.capture.and_then(|capture| {
                let span = capture.span(name)?;
                let median = Summary::of(&capture.durations_ns(name))?.median;
                Some(if span.unit == unit {
                    unit.format(median)
                } else {
                    format!("{} {}", span.unit.format(median), span.unit.symbol())
                })
            });
            let _ = write!(text, " `{}` |", value.as_deref().unwrap_or("N/A"));
        }
        text.push('\n');
    }
    text
}

/// A comparison for a pull request.
pub fn comparison(comparison: &Comparison) -> String {
    let mut text = format!(
        "**{}**: `{}` → `{}`\n\n| Span | Base | New | Ratio | {} % interval | p | Verdict |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |\n",
        cell(&comparison.bench),
        cell(&comparison.base),
        cell(&comparison.new),
        100.0 * comparison.confidence
    );
    for change in &comparison.spans {
        let ratio = change.ratio.map_or("N/A".to_owned(), |r| format!("{r:.3}"));
        let interval = change
            .interval
            .map_or("N/A".to_owned(), |(l, h)| format!("{l:.3} to {h:.3}"));
        let _ = writeln!(
            text,
            "| `{}` | {} {unit} | {} {unit} | {ratio} | {interval} | {:.4} | {} |",
            cell(&change.name),
            change.unit.format(change.base.median),
            change.unit.format(change.new.median),
            change.p_value,
            change.verdict.in_words(),
            unit = change.unit.symbol()
        );
    }
    if !comparison.counters.is_empty() {
        text.push_str("\n| Counter | Base | New |\n| --- | ---: | ---: |\n");
        for counter in &comparison.counters {
            let _ = writeln!(
                text,
                "| `{}` | {} | {} |",
                cell(&counter.name),
                counter.base,
                counter.new
            );
        }
    }
    if !comparison.unmatched.is_empty() {
        let _ = writeln!(
            text,
            "\nOnly in one of them: {}",
            cell(&comparison.unmatched.join(", "))
        );
    }
    text
}

/// Every span of any column, in the order of the first column that has it.
fn span_names<'a>(columns: &[Column<'a>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for capture in columns.iter().filter_map(|column| column.capture) {
        for span in &capture.spans {
            if !names.contains(&span.name.as_str()) {
                names.push(&span.name);
            }
        }
    }
    names
}

/// A text that cannot end its cell or its line.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '`'], " ")
}
