//! Dots for the runs, a bar for the median, per span.

use super::{breakable, percent_between, with_unit};
use crate::record::{Capture, RecordedSpan};
use crate::stats::Summary;
use maud::{html, Markup};

/// A plot shows at least this much in all, as a share of the median: otherwise the last printed digit
/// would look like noise.
const LEAST_EXTENT: f64 = 0.02;
/// Room beside the outermost dots, as a share of the extent.
const MARGIN: f64 = 0.03;

pub(super) fn plots(capture: &Capture) -> Markup {
    html! {
        h3 { "Spans" }
        ul.spans {
            @for span in &capture.spans { (row(capture, span)) }
        }
    }
}

fn row(capture: &Capture, span: &RecordedSpan) -> Markup {
    let durations = capture.durations_ns(&span.name);
    let Some(summary) = Summary::of(&durations) else {
        return html! {
            li.span.absent {
                span.name { (breakable(&span.name)) }
                span.nothing { "not in this benchmark" }
                span.median { "N/A" }
            }
        };
    };
    html! {
        li.span {
            span.name { (breakable(&span.name)) }
            div.plot {
                (dots(span, &durations, &summary))
                div.ends {
                    span { "min " (span.unit.format(summary.min)) }
                    span { "spread " (format!("{:.1}", summary.spread_percent())) " %, n = " (summary.n) }
                    span { "max " (span.unit.format(summary.max)) }
                }
            }
            span.median { (with_unit(span.unit, summary.median)) }
        }
    }
}

fn dots(span: &RecordedSpan, durations: &[f64], summary: &Summary) -> Markup {
    let center = (summary.min + summary.max) / 2.0;
    let extent = (summary.max - summary.min).max(LEAST_EXTENT * summary.median);
    let reach = (0.5 + MARGIN) * extent;
    let (low, high) = (center - reach, center + reach);
    let x = |ns: f64| percent_between(ns, low, high);
    html! {
        svg width="100%" height="28" role="img" aria-label=(format!("runs of {}", span.name)) {
            line.axis x1="0" x2="100%" y1="14" y2="14" {}
            line.range x1=(x(summary.min)) x2=(x(summary.max)) y1="14" y2="14" {}
            line.middle x1=(x(summary.median)) x2=(x(summary.median)) y1="3" y2="25" {
                title { "median " (with_unit(span.unit, summary.median)) }
            }
            @for (run, ns) in durations.iter().enumerate() {
                circle.run cx=(x(*ns)) cy="14" r="4.5" {
                    title { "run " (run + 1) ": " (with_unit(span.unit, *ns)) }
                }
            }
        }
    }
}
