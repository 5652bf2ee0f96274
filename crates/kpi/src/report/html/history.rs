//! Each span's medians over all captures of its benchmark, oldest first.

use super::{breakable, percent_between, with_unit};
use crate::history::{self, Fence};
use crate::record::{Capture, RecordedSpan};
use crate::stats::Summary;
use maud::{html, Markup};

/// Half a dot, as a share of the plot's width, so that the first and the last one are not cut.
const SIDE: f64 = 0.03;
/// Room above the highest point, as a share of its height.
const HEADROOM: f64 = 1.1;

struct Point<'a> {
    capture: &'a Capture,
    summary: Summary,
    x: String,
}

/// How many captures before the shown one make up the fence.
const FENCE_CAPTURES: usize = 20;

/// Nothing, if there is only one capture.
pub(super) fn plots(capture: &Capture, all: &[Capture]) -> Markup {
    let captures: Vec<&Capture> = all
        .iter()
        .filter(|other| other.bench == capture.bench)
        .collect();
    let with_history: Vec<(&RecordedSpan, Vec<Point<'_>>)> = capture
        .spans
        .iter()
        .map(|span| (span, points(span, &captures)))
        .filter(|(_, points)| points.len() > 1)
        .collect();
    let before = history::before(capture, all, FENCE_CAPTURES);
    let fence_of = |span: &RecordedSpan| Fence::of(&history::medians_ns(&span.name, &before));
    let has_fence = with_history
        .iter()
        .any(|(span, _)| fence_of(span).is_some());
    html! {
        @if !with_history.is_empty() {
            h3 { "History" }
            p.note {
                "Medians of " (captures.len()) " captures, oldest first, from zero; the bars reach from the fastest to the slowest run."
                @if has_fence {
                    " The band is the fence of the captures before it on the same machine: a median outside is unlike them."
                }
            }
            ul.history {
                @for (span, points) in &with_history { (plot(span, points, capture, fence_of(span))) }
            }
            ol.captures {
                @for capture in &captures {
                    li {
                        span.label { (capture.label) } " "
                        time { (capture.captured_at) } " "
                        span.machine { (capture.environment.summary()) }
                    }
                }
            }
        }
    }
}

fn points<'a>(span: &RecordedSpan, captures: &[&'a Capture]) -> Vec<Point<'a>> {
    let last = captures.len().saturating_sub(1).max(1) as f64;
    captures
        .iter()
        .enumerate()
        .filter_map(|(index, capture)| {
            let place = SIDE + (1.0 - 2.0 * SIDE) * index as f64 / last;
            Some(Point {
                capture,
                summary: Summary::of(&capture.durations_ns(&span.name))?,
                x: percent_between(place, 0.0, 1.0),
            })
        })
        .collect()
}

fn plot(
    span: &RecordedSpan,
    points: &[Point<'_>],
    shown: &Capture,
    fence: Option<Fence>,
) -> Markup {
    let highest = points.iter().map(|p| p.summary.max).fold(0.0, f64::max);
    let highest = fence.map_or(highest, |fence| highest.max(fence.high_ns()));
    let y = |ns: f64| percent_between(highest * HEADROOM - ns, 0.0, highest * HEADROOM);
    html! {
        li {
            div.name { (breakable(&span.name)) }
            svg width="100%" height="96" role="img" aria-label=(format!("history of {}", span.name)) {
                line.axis x1="0" x2="100%" y1="99.5%" y2="99.5%" {}
                @if let Some(fence) = fence {
                    rect.fence x="0" width="100%" y=(y(fence.high_ns()))
                        height=(percent_between(fence.high_ns() - fence.low_ns(), 0.0, highest * HEADROOM)) {
                        title { "fence: " (with_unit(span.unit, fence.low_ns())) " to " (with_unit(span.unit, fence.high_ns())) }
                    }
                }
                @for pair in points.windows(2) {
                    line.trend x1=(pair[0].x) x2=(pair[1].x)
                        y1=(y(pair[0].summary.median)) y2=(y(pair[1].summary.median)) {}
                }
                @for point in points {
                    line.range x1=(point.x) x2=(point.x)
                        y1=(y(point.summary.min)) y2=(y(point.summary.max)) {}
                    circle.run cx=(point.x) cy=(y(point.summary.median)) r="4" {
                        title { (point.capture.label) " " (point.capture.captured_at) ": " (with_unit(span.unit, point.summary.median)) }
                    }
                }
            }
            div.ends {
                @if let [first, .., last] = points {
                    span { (with_unit(span.unit, first.summary.median)) }
                    span.change { (change(first, last)) }
                    span { (with_unit(span.unit, last.summary.median)) }
                }
            }
            @if let Some(fence) = fence { (beside_fence(span, shown, fence)) }
        }
    }
}

fn beside_fence(span: &RecordedSpan, shown: &Capture, fence: Fence) -> Markup {
    let median_ns = Summary::of(&shown.durations_ns(&span.name)).map(|summary| summary.median);
    let place = match median_ns {
        Some(ns) if ns > fence.high_ns() => "above",
        Some(ns) if ns < fence.low_ns() => "below",
        _ => "within",
    };
    html! {
        p.fence-note {
            strong.above[place == "above"] { (place) " the fence" }
            ", " (span.unit.format(fence.low_ns())) " to " (with_unit(span.unit, fence.high_ns()))
        }
    }
}

fn change(first: &Point<'_>, last: &Point<'_>) -> String {
    if first.summary.median > 0.0 {
        format!("× {:.2}", last.summary.median / first.summary.median)
    } else {
        String::new()
    }
}
