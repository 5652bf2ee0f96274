//! Comma-separated values: durations in nanoseconds, one row per span or counter.

use crate::error::Error;
use crate::record::Capture;
use crate::stats::Summary;

/// All captures as one table.
pub fn captures<'a>(captures: impl IntoIterator<Item = &'a Capture>) -> Result<String, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = [
        "bench",
        "label",
        "captured_at",
        "kind",
        "name",
        "unit",
        "median",
        "min",
        "max",
        "spread_percent",
        "n",
    ];
    writer.write_record(header).map_err(failed)?;
    for capture in captures {
        let spans = capture.spans.iter().map(|span| {
            (
                "span",
                span.name.clone(),
                "ns",
                capture.durations_ns(&span.name),
            )
        });
        let counters = capture.counter_names().into_iter().map(|name| {
            let values = capture.counter(&name).iter().map(|v| *v as f64).collect();
            ("counter", name, "count", values)
        });
        for (kind, name, unit, values) in spans.chain(counters) {
            let figures = figures(&values);
            let known = [
                &capture.bench,
                &capture.label,
                &capture.captured_at,
                kind,
                &name,
                unit,
            ];
            let row = known.into_iter().chain(figures.iter().map(String::as_str));
            writer.write_record(row).map_err(failed)?;
        }
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| failed(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn figures(values: &[f64]) -> [String; 5] {
    match Summary::of(values) {
        Some(summary) => [
            summary.median.to_string(),
            summary.min.to_string(),
            summary.max.to_string(),
            format!("{:.3}", summary.spread_percent()),
            summary.n.to_string(),
        ],
        None => ["", "", "", "", "0"].map(str::to_owned),
    }
}

fn failed(error: csv::Error) -> Error {
    Error::Format {
        format: "CSV",
        reason: error.to_string(),
    }
}
