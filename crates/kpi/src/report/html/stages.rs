//! What the outermost span is made of: one bar of the spans directly within it.

use super::{breakable, percent_between, with_unit};
use crate::record::{Capture, RecordedSpan};
use crate::stats::Summary;
use maud::{html, Markup};

/// How many colours the style sheet has for stages.
const COLOURS: usize = 8;

struct Stage<'a> {
    span: &'a RecordedSpan,
    median_ns: f64,
    within: Vec<Stage<'a>>,
}

/// Nothing, if no recorded span lies within another one.
pub(super) fn breakdown(capture: &Capture) -> Markup {
    let wholes: Vec<Stage<'_>> = stages_within(capture, None, capture.spans.len())
        .into_iter()
        .filter(|stage| !stage.within.is_empty())
        .collect();
    html! {
        @for whole in &wholes { (bar(whole)) }
    }
}

fn bar(whole: &Stage<'_>) -> Markup {
    let unit = whole.span.unit;
    let recorded_ns: f64 = whole.within.iter().map(|stage| stage.median_ns).sum();
    // Medians of parts need not add up to the median of the whole.
    let total_ns = recorded_ns.max(whole.median_ns);
    let rest_ns = total_ns - recorded_ns;
    let mut left_ns = 0.0;
    let segments = whole.within.iter().enumerate().map(|(index, stage)| {
        let x = percent_between(left_ns, 0.0, total_ns);
        left_ns += stage.median_ns;
        (
            colour(index),
            x,
            percent_between(stage.median_ns, 0.0, total_ns),
            stage,
        )
    });
    let segments: Vec<_> = segments.collect();
    html! {
        h3 { "Stages of " (breakable(&whole.span.name)) }
        p.total { (with_unit(unit, whole.median_ns)) }
        svg.stack width="100%" height="36" role="img" aria-label="stages" {
            rect.rest x="0" y="0" width="100%" height="36" { title { "not recorded" } }
            @for (colour, x, width, stage) in &segments {
                rect class=(colour) x=(x) y="0" width=(width) height="36" {
                    title { (stage.span.name) ": " (with_unit(unit, stage.median_ns)) }
                }
            }
        }
        ul.legend {
            @for (colour, _, _, stage) in &segments { (entry(Some(colour), stage, total_ns)) }
            @if rest_ns > 0.0 {
                li {
                    span.swatch.rest {}
                    span.name { "not recorded" }
                    span.value { (with_unit(unit, rest_ns)) }
                    span.share { (share(rest_ns, total_ns)) }
                }
            }
        }
    }
}

fn entry(colour: Option<&String>, stage: &Stage<'_>, total_ns: f64) -> Markup {
    html! {
        li.part[colour.is_none()] {
            @if let Some(colour) = colour { span class=(format!("swatch {colour}")) {} }
            @else { span {} }
            span.name {
                @if colour.is_none() { "of which " }
                (breakable(&stage.span.name))
            }
            span.value { (with_unit(stage.span.unit, stage.median_ns)) }
            span.share { (share(stage.median_ns, total_ns)) }
        }
        @for part in &stage.within { (entry(None, part, total_ns)) }
    }
}

/// The spans directly within one, or within none, and what is within them. A file made by hand could
/// put spans within each other; there cannot be more levels than spans.
fn stages_within<'a>(
    capture: &'a Capture,
    around: Option<&RecordedSpan>,
    depth_left: usize,
) -> Vec<Stage<'a>> {
    if depth_left == 0 {
        return Vec::new();
    }
    capture
        .spans
        .iter()
        .filter(|span| span.within.as_ref() == around.map(|around| &around.name))
        .filter_map(|span| {
            Some(Stage {
                median_ns: Summary::of(&capture.durations_ns(&span.name))?.median,
                within: stages_within(capture, Some(span), depth_left - 1),
                span,
            })
        })
        .collect()
}

fn colour(index: usize) -> String {
    format!("stage-{}", index % COLOURS)
}

fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        format!("{:.1} %", 100.0 * part / whole)
    } else {
        "N/A".to_owned()
    }
}
