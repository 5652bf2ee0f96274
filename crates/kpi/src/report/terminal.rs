//! Tables for a terminal.

use super::certainty;
use crate::compare::{Comparison, SpanChange, Verdict};
use crate::gate::{Finding, Outcome};
use crate::log::RunLog;
use crate::record::Capture;
use crate::stats::Summary;
use crate::unit::Unit;
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table, TableComponent};

/// One capture: per span median, min, max, spread and n; then its counters.
pub fn capture(capture: &Capture, in_colour: bool) -> String {
    let mut text = format!("{}\n", heading(capture));
    let mut spans = table(&["span", "median", "min", "max", "spread", "n"], in_colour);
    for span in &capture.spans {
        let unit = span.unit;
        let cells = match Summary::of(&capture.durations_ns(&span.name)) {
            Some(summary) => [
                format!("{} {}", unit.format(summary.median), unit.symbol()),
                unit.format(summary.min),
                unit.format(summary.max),
                format!("{:.1} %", summary.spread_percent()),
                summary.n.to_string(),
            ],
            None => ["N/A", "", "", "", "0"].map(str::to_owned),
        };
        spans.add_row(row(&span.name, cells));
    }
    text.push_str(&format!("{spans}\n"));
    let names = capture.counter_names();
    if !names.is_empty() {
        let mut counters = table(&["counter", "value", "n"], in_colour);
        for name in names {
            let values = capture.counter(&name);
            counters.add_row(row(&name, [range(&values), values.len().to_string()]));
        }
        text.push_str(&format!("{counters}\n"));
    }
    text
}

/// A file of metrics: per span, group and part the sum, the mean, the extremes and how many there are.
pub fn metrics(name: &str, run: &RunLog, in_colour: bool) -> String {
    let mut spans = table(&["span", "sum", "mean", "max", "min", "n"], in_colour);
    for span in &run.spans {
        let unit = Unit::fitting(span.sum_ns as f64);
        let mean_ns = span.sum_ns as f64 / span.count.max(1) as f64;
        let cells = [
            format!("{} {}", unit.format(span.sum_ns as f64), unit.symbol()),
            unit.format(mean_ns),
            unit.format(span.max_ns as f64),
            unit.format(span.min_ns as f64),
            span.count.to_string(),
        ];
        spans.add_row(row(&span.name, cells));
    }
    let mut text = format!("{name}\n{spans}\n");
    if !run.counters.is_empty() {
        let mut counters = table(&["counter", "value"], in_colour);
        for (name, value) in &run.counters {
            counters.add_row(row(name, [value.to_string()]));
        }
        text.push_str(&format!("{counters}\n"));
    }
    text
}

/// A comparison: both medians, the ratio with its interval, the rank test, and the verdict in words.
pub fn comparison(comparison: &Comparison, in_colour: bool) -> String {
    let interval = format!("{} % interval", 100.0 * comparison.confidence);
    let mut text = format!(
        "{}: {} -> {}\n",
        comparison.bench, comparison.base, comparison.new
    );
    let mut spans = table(
        &["span", "base", "new", "ratio", &interval, "p", "verdict"],
        in_colour,
    );
    for change in &comparison.spans {
        let cells = [
            format!(
                "{} {}",
                change.unit.format(change.base.median),
                change.unit.symbol()
            ),
            format!(
                "{} {}",
                change.unit.format(change.new.median),
                change.unit.symbol()
            ),
            change.ratio.map_or("N/A".to_owned(), |r| format!("{r:.3}")),
            change
                .interval
                .map_or("N/A".to_owned(), |(l, h)| format!("{l:.3} to {h:.3}")),
            format!("{:.4}", change.p_adjusted),
        ];
        let mut cells = row(&change.name, cells);
        cells.push(
            Cell::new(change.verdict.in_words(comparison.noise_threshold)).fg(colour_of(change)),
        );
        spans.add_row(cells);
    }
    if let Some(verdict) = spans.column_mut(6) {
        verdict.set_cell_alignment(CellAlignment::Left);
    }
    text.push_str(&format!("{spans}\n"));
    for line in certainty::in_words(comparison) {
        text.push_str(&format!("{line}\n"));
    }
    if !comparison.counters.is_empty() {
        let mut counters = table(&["counter", "base", "new", "change"], in_colour);
        for counter in &comparison.counters {
            let change = i128::from(counter.new) - i128::from(counter.base);
            counters.add_row(row(
                &counter.name,
                [
                    counter.base.to_string(),
                    counter.new.to_string(),
                    if change == 0 {
                        "same".to_owned()
                    } else {
                        format!("{change:+}")
                    },
                ],
            ));
        }
        text.push_str(&format!("{counters}\n"));
    }
    if !comparison.unmatched.is_empty() {
        text.push_str(&format!(
            "only in one of them: {}\n",
            comparison.unmatched.join(", ")
        ));
    }
    text
}

/// What a gate came to.
pub fn findings(bench: &str, findings: &[Finding], in_colour: bool) -> String {
    let mut table = table(&["", "gate", "evidence"], in_colour);
    for finding in findings {
        let colour = match finding.outcome {
            Outcome::Held => Color::Green,
            Outcome::FellShort => Color::Red,
            Outcome::NotJudged => Color::Yellow,
        };
        table.add_row(vec![
            Cell::new(&finding.subject),
            Cell::new(finding.outcome.in_words()).fg(colour),
            Cell::new(&finding.evidence),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Left);
    }
    format!("{bench}\n{table}\n")
}

fn heading(capture: &Capture) -> String {
    let mut parts = vec![capture.bench.as_str()];
    parts.extend([&capture.label, &capture.captured_at].map(String::as_str));
    parts.retain(|part| !part.is_empty());
    let adapter = capture.environment.adapter.as_ref();
    let adapter = adapter.map(|a| format!(" · {} ({}, {})", a.name, a.driver, a.backend));
    format!("{}{}", parts.join(" · "), adapter.unwrap_or_default())
}

fn table(header: &[&str], in_colour: bool) -> Table {
    let mut table = Table::new();
    table
        .load_preset(NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.to_vec());
    if in_colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn row<const N: usize>(name: &str, cells: [String; N]) -> Vec<Cell> {
    let mut row = vec![Cell::new(name)];
    row.extend(cells.into_iter().map(Cell::new));
    row
}

fn range(values: &[u64]) -> String {
    match (values.iter().min(), values.iter().max()) {
        (Some(min), Some(max)) if min != max => format!("{min} to {max}"),
        (Some(value), _) => value.to_string(),
        _ => "N/A".to_owned(),
    }
}

fn colour_of(change: &SpanChange) -> Color {
    match change.verdict {
        Verdict::Improved => Color::Green,
        Verdict::Regressed => Color::Red,
        Verdict::Undecided | Verdict::TooFewRuns => Color::Yellow,
        Verdict::WithinNoise | Verdict::NoChange => Color::Reset,
    }
}
