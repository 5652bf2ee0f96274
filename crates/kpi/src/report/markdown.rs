//! Tables for documents and pull requests.
//!
//! Names and titles may come from a stranger's pull request. They stand in code spans, where Markdown
//! makes nothing of them, neither HTML nor links nor mentions; a title of nothing but letters, digits,
//! spaces and hyphens stands as it is.

use super::certainty;
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
            text_of(column.title),
            unit.symbol()
        );
    }
    text.push_str("\n| --- |");
    text.push_str(&" ---: |".repeat(columns.len()));
    text.push('\n');
    for name in names {
        let _ = write!(text, "| {} |", code(name));
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
        "**{}**: {} → {}\n\n| Span | Base | New | Ratio | {} % interval | p | Verdict |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |\n",
        text_of(&comparison.bench),
        code(&comparison.base),
        code(&comparison.new),
        100.0 * comparison.confidence
    );
    for change in &comparison.spans {
        let ratio = change.ratio.map_or("N/A".to_owned(), |r| format!("{r:.3}"));
        let interval = change
            .interval
            .map_or("N/A".to_owned(), |(l, h)| format!("{l:.3} to {h:.3}"));
        let _ = writeln!(
            text,
            "| {} | {} {unit} | {} {unit} | {ratio} | {interval} | {:.4} | {} |",
            code(&change.name),
            change.unit.format(change.base.median),
            change.unit.format(change.new.median),
            change.p_adjusted,
            change.verdict.in_words(comparison.noise_threshold),
            unit = change.unit.symbol()
        );
    }
    text.push('\n');
    for line in certainty::in_words(comparison) {
        let _ = writeln!(text, "- {line}");
    }
    if !comparison.counters.is_empty() {
        text.push_str("\n| Counter | Base | New |\n| --- | ---: | ---: |\n");
        for counter in &comparison.counters {
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                code(&counter.name),
                counter.base,
                counter.new
            );
        }
    }
    if !comparison.unmatched.is_empty() {
        let names: Vec<String> = comparison.unmatched.iter().map(|name| code(name)).collect();
        let _ = writeln!(text, "\nOnly in one of them: {}", names.join(", "));
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

/// A longer name is not read by anyone.
const SHOWN_CHARS: usize = 200;

/// A text as it is, if nothing in it could mean anything.
fn text_of(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
    if text.chars().all(is_plain) && text.len() <= SHOWN_CHARS {
        text.to_owned()
    } else {
        code(text)
    }
}

/// A text as a code span that it can end no more than its cell or its line.
fn code(text: &str) -> String {
    let inert = |c: char| match c {
        '`' => '\'',
        '|' => '¦',
        c if c.is_control() || is_invisible(c) => ' ',
        c => c,
    };
    let shown: String = text.chars().map(inert).take(SHOWN_CHARS).collect();
    match shown.trim() {
        "" => "`(no name)`".to_owned(),
        shown => format!("`{shown}`"),
    }
}

/// Characters that change what is seen of others: zero widths and directions.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_write_means_nothing() {
        for (name, expected) in [
            ("prove", "`prove`"),
            ("a|b", "`a¦b`"),
            ("a\\|b", "`a\\¦b`"),
            ("`<img src=x>`", "`'<img src=x>'`"),
            ("@everyone\n# x", "`@everyone # x`"),
            ("a\u{202e}b", "`a b`"),
            (" ", "`(no name)`"),
        ] {
            assert_eq!(code(name), expected);
        }
        assert_eq!(text_of("LogUp test"), "LogUp test");
        for title in [
            "<b>x</b>",
            "www.example.org",
            "@who",
            "#1",
            "[x](y)",
            "a_b_",
        ] {
            assert_eq!(text_of(title), format!("`{title}`"));
        }
    }
}
