//! One self-contained page: no script, no network, light or dark as the system is.

mod counters;
mod history;
mod spans;
mod stages;

use crate::record::Capture;
use crate::unit::Unit;
use maud::{html, Markup, PreEscaped, DOCTYPE};

const STYLE: &str = include_str!("style.css");

/// Nothing may be loaded from anywhere, and nothing but styles may run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page for these captures; `all` are the captures, oldest first, that make up the history.
pub fn page(shown: &[&Capture], all: &[Capture]) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                title { "KPI report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header.top {
                    h1 { "KPI report" }
                    p { "Medians of measured runs; every dot is one run." }
                }
                main {
                    @for capture in shown { (benchmark(capture, all)) }
                }
            }
        }
    }
    .into_string()
}

fn benchmark(capture: &Capture, all: &[Capture]) -> Markup {
    html! {
        section.bench {
            div.heading {
                h2 { (capture.title) }
                p.when {
                    @if !capture.label.is_empty() { span.label { (capture.label) } " " }
                    @if !capture.captured_at.is_empty() { time { (capture.captured_at) } " " }
                    span { (capture.runs.len()) " runs after " (capture.warmup_runs) " warm-up" }
                }
                p.machine { (capture.environment.summary()) }
                @if !capture.command.is_empty() { p.command { code { (capture.command) } } }
            }
            (stages::breakdown(capture))
            (spans::plots(capture))
            (counters::table(capture))
            (history::plots(capture, all))
        }
    }
}

/// A span's name, which may break at its dots.
fn breakable(name: &str) -> Markup {
    html! {
        @for (index, part) in name.split_inclusive(['.', ':', '_']).enumerate() {
            @if index > 0 { wbr; }
            (part)
        }
    }
}

fn with_unit(unit: Unit, duration_ns: f64) -> String {
    format!("{} {}", unit.format(duration_ns), unit.symbol())
}

/// A place within a plot, as a percentage with a tenth of a per mille: 0 if the plot has no extent.
fn percent_between(value: f64, low: f64, high: f64) -> String {
    let share = if high > low {
        (value - low) / (high - low)
    } else {
        0.0
    };
    format!("{:.2}%", 100.0 * share.clamp(0.0, 1.0))
}
