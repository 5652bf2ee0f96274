//! Whatever the names, fields, units, colours and prefixes: each form gives the spans that were printed.

use openvm_kpi::log::{read_log, LogOptions, Selection};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A span that was closed, and what a formatter knows of it.
#[derive(Clone, Debug)]
struct Span {
    /// From the outermost span to this one.
    path: Vec<String>,
    fields: Vec<(String, Value)>,
    hundredths: u32,
    unit: &'static str,
    calls: u64,
}

/// A field's value as `Debug` prints it.
#[derive(Clone, Debug)]
enum Value {
    Number(i64),
    Text(String),
    Struct(u8),
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Forest,
    Tree,
    Json,
    Full,
    Compact,
    Pretty,
}

const FORMS: [Form; 6] = [
    Form::Forest,
    Form::Tree,
    Form::Json,
    Form::Full,
    Form::Compact,
    Form::Pretty,
];
const TARGET: &str = "prover::stages";

impl Value {
    fn printed(&self) -> String {
        match self {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => format!("{text:?}"),
            Value::Struct(x) => format!("Point {{ x: {x}, y: Some({{}}) }}"),
        }
    }
}

impl Span {
    fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    fn duration(&self) -> String {
        format!(
            "{}.{:02}{}",
            self.hundredths / 100,
            self.hundredths % 100,
            self.unit
        )
    }

    fn ns(&self) -> u64 {
        let hundredths = u64::from(self.hundredths);
        match self.unit {
            "ns" => (hundredths + 50) / 100,
            "µs" => hundredths * 10,
            "ms" => hundredths * 10_000,
            _ => hundredths * 10_000_000,
        }
    }

    /// Its lines in a form, without prefixes.
    fn printed(&self, form: Form, in_colour: bool) -> Vec<String> {
        let bold = |text: &str| paint(text, "1", in_colour);
        let dim = |text: &str| paint(text, "2", in_colour);
        let name = bold(self.name());
        let duration = self.duration();
        let fields = |separator: &str, equals: &str| {
            let printed = self
                .fields
                .iter()
                .map(|(key, value)| format!("{key}{equals}{}", value.printed()));
            printed.collect::<Vec<_>>().join(separator)
        };
        let depth = self.path.len() - 1;
        match form {
            Form::Forest => {
                let level = paint("INFO    ", "32", in_colour);
                let indent = if depth == 0 {
                    String::new()
                } else {
                    format!("{}┝━ ", "│  ".repeat(depth - 1))
                };
                vec![format!(
                    "{level} {indent}{name} [ {duration} | 1.00% / 2.00% ] {}",
                    fields(" | ", ": ")
                )]
            }
            Form::Tree => {
                let (indent, share) = if depth == 0 {
                    (String::new(), "100.00%")
                } else {
                    (format!("{}├── ", "│  ".repeat(depth - 1)), "9.70%")
                };
                let calls = if self.calls > 1 {
                    format!(" ({} calls)", self.calls)
                } else {
                    String::new()
                };
                let fields = if self.fields.is_empty() {
                    String::new()
                } else {
                    format!(" {{ {} }}", fields(", ", " = "))
                };
                vec![format!(
                    "{indent}{name} [ {duration} | {share} ]{calls}{fields}"
                )]
            }
            Form::Json => {
                let above: Vec<_> = self.path[..depth]
                    .iter()
                    .map(|name| serde_json::json!({ "name": name }))
                    .collect();
                let mut span = serde_json::Map::new();
                for (key, value) in &self.fields {
                    span.insert(key.clone(), value.printed().into());
                }
                span.insert("name".to_owned(), self.name().into());
                let line = serde_json::json!({
                    "timestamp": "2026-05-23T17:51:56.260709Z",
                    "level": "INFO",
                    "fields": { "message": "close", "time.busy": duration, "time.idle": "250s" },
                    "target": TARGET,
                    "span": span,
                    "spans": above,
                });
                vec![line.to_string()]
            }
            Form::Full | Form::Compact => {
                let is_full = matches!(form, Form::Full);
                let braced = if is_full && !self.fields.is_empty() {
                    format!("{}{}{}", bold("{"), fields(" ", "="), bold("}"))
                } else {
                    String::new()
                };
                let path: String = self.path[..depth]
                    .iter()
                    .map(|name| format!("{}{}", bold(name), dim(":")))
                    .collect();
                let after = if is_full {
                    String::new()
                } else {
                    format!(" {}", dim(&fields(" ", "=")))
                };
                vec![format!(
                    "{} {} {path}{name}{braced}{} {}{} close {}{}{duration} time.idle=12.0µs{after}",
                    dim("2026-11-25T15:50:00.000001Z"),
                    paint(" INFO", "32", in_colour),
                    dim(":"),
                    dim(TARGET),
                    dim(":"),
                    paint("time.busy", "3", in_colour),
                    dim("="),
                )]
            }
            Form::Pretty => {
                let mut lines = vec![
                    format!(
                        "  {} {} {TARGET}: close, {}: {duration}, time.idle: 12.0µs",
                        dim("2026-11-25T15:50:00.000001Z"),
                        paint(" INFO", "32", in_colour),
                        bold("time.busy"),
                    ),
                    format!("    {} src/stages.rs:12", dim("at")),
                ];
                let with = if self.fields.is_empty() {
                    String::new()
                } else {
                    format!(" {} {}", dim("with"), fields(", ", ": "))
                };
                lines.push(format!("    {} {TARGET}::{name}{with}", dim("in")));
                for above in self.path[..depth].iter().rev() {
                    lines.push(format!("    {} {TARGET}::{}", dim("in"), bold(above)));
                }
                lines.push(String::new());
                lines
            }
        }
    }
}

fn paint(text: &str, code: &str, in_colour: bool) -> String {
    if in_colour {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

fn names() -> impl Strategy<Value = String> {
    // Spaces, dots and doubled colons occur in public provers; a single colon separates spans.
    prop::string::string_regex("[A-Za-z_]([A-Za-z0-9_.>'é -]{0,8}[A-Za-z0-9_])?(::[a-z]{1,6})?")
        .expect("a pattern")
        // Would be the form's own words.
        .prop_filter("no word of the form", |name| !name.contains(" with "))
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Number),
        "\\PC{0,12}".prop_map(Value::Text),
        any::<u8>().prop_map(Value::Struct),
    ]
}

fn spans() -> impl Strategy<Value = Span> {
    (
        prop::collection::vec(names(), 1..4),
        prop::collection::vec(("[a-z_]{1,6}", values()), 0..3),
        0u32..100_000,
        prop::sample::select(vec!["ns", "µs", "ms", "s"]),
        prop_oneof![Just(1u64), 2..20_000u64],
    )
        .prop_map(|(path, fields, hundredths, unit, calls)| Span {
            path,
            fields,
            hundredths,
            unit,
            calls,
        })
}

fn prefixes() -> impl Strategy<Value = String> {
    let time = (1u8..=12, 1u8..=28, 0u8..24, 0u8..60, 0u32..1_000_000_000);
    let zone = prop::sample::select(vec!["Z", "+00:00", "-07:00", "+0530", ""]);
    let iso = (time, zone).prop_map(|((month, day, hour, minute, ns), zone)| {
        format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:07.{ns:09}{zone} ")
    });
    let service = "[a-z][a-z0-9_-]{0,8}-[0-9]";
    let journald = (
        "[a-z][a-z0-9-]{0,8}",
        "[a-z][a-z-]{0,8}",
        1u32..4_000_000,
        1u8..=28,
    )
        .prop_map(|(host, tag, process, day)| {
            format!("Jun {day:>2} 14:15:27 {host} {tag}[{process}]: ")
        });
    let compose =
        (service, 0usize..4).prop_map(|(name, pad)| format!("{name}{}| ", " ".repeat(pad + 1)));
    let github =
        (iso.clone(), "[a-z]{1,8}").prop_map(|(time, job)| format!("{job}\tRun kpi\t{time}"));
    let pod = "[a-z]{1,8}".prop_map(|name| format!("[pod/{name}-0/main] "));
    let one = prop_oneof![
        iso.clone(),
        journald.clone(),
        compose.clone(),
        github,
        pod,
        Just("\u{feff}2026-02-20T20:46:15.1234567Z ".to_owned()),
        Just(String::new()),
    ];
    let two = (compose, iso).prop_map(|(outer, inner)| format!("{outer}{inner}"));
    prop_oneof![4 => one, 1 => two]
}

proptest! {
    #![proptest_config(ProptestConfig {
        // A failure prints its input; it then becomes a test of its own.
        failure_persistence: None,
        ..ProptestConfig::with_cases(1024)
    })]

    #[test]
    fn every_form_gives_the_spans_that_were_printed(
        form in prop::sample::select(FORMS.to_vec()),
        spans in prop::collection::vec(spans(), 1..6),
        prefix in prefixes(),
        in_colour: bool,
        ends_in_return: bool,
    ) {
        let end = if ends_in_return { "\r\n" } else { "\n" };
        let log: String = spans
            .iter()
            .flat_map(|span| span.printed(form, in_colour))
            .map(|line| format!("{prefix}{line}{end}"))
            .collect();

        let options = LogOptions { selection: &Selection::All, allow_cut: false };
        let read = read_log("printed", log.as_bytes(), &options)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{log}")))?;

        // Only trees print how many calls a duration is the sum of.
        let counts_calls = matches!(form, Form::Tree);
        let mut expected: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for span in &spans {
            let (sum_ns, count) = expected.entry(span.name()).or_default();
            *sum_ns += span.ns();
            *count += if counts_calls { span.calls } else { 1 };
        }
        let found: BTreeMap<&str, (u64, u64)> = read.runs[0]
            .spans
            .iter()
            .map(|span| (span.name.as_str(), (span.sum_ns, span.count)))
            .collect();
        prop_assert_eq!(found, expected, "{:?}\n{}", form, log);
    }

    #[test]
    fn every_form_gives_the_span_around(
        form in prop::sample::select(vec![Form::Json, Form::Full, Form::Compact]),
        span in spans(),
        prefix in prefixes(),
        in_colour: bool,
    ) {
        let log = span.printed(form, in_colour).iter().map(|line| format!("{prefix}{line}\n")).collect::<String>();
        let options = LogOptions { selection: &Selection::All, allow_cut: false };
        let read = read_log("printed", log.as_bytes(), &options)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{log}")))?;
        let around = span.path.len().checked_sub(2).map(|at| span.path[at].clone());
        prop_assert_eq!(&read.runs[0].spans[0].within, &around, "{:?}\n{}", form, log);
    }

    #[test]
    fn metrics_give_the_sum_and_maximum_of_each_group(
        gauges in prop::collection::vec((0usize..3, 0u32..4, 0u32..100_000, any::<bool>()), 0..40),
    ) {
        let groups = ["app_proof", "leaf", "internal.0"];
        let gauge: Vec<_> = gauges
            .iter()
            .map(|(group, segment, ms, is_text)| {
                let value = if *is_text { serde_json::json!(ms.to_string()) } else { serde_json::json!(ms) };
                serde_json::json!({
                    "labels": [["group", groups[*group]], ["segment", segment.to_string()]],
                    "metric": "prove_time_ms",
                    "value": value,
                })
            })
            .collect();
        let file = serde_json::to_string_pretty(&serde_json::json!({ "counter": [], "gauge": gauge }))
            .map_err(|e| TestCaseError::fail(e.to_string()))?;

        let options = LogOptions { selection: &Selection::All, allow_cut: false };
        let read = read_log("metrics", file.as_bytes(), &options).map_err(|e| TestCaseError::fail(e.to_string()))?;

        for (index, group) in groups.iter().enumerate() {
            let of_group = || gauges.iter().filter(|gauge| gauge.0 == index).map(|gauge| u64::from(gauge.2) * 1_000_000);
            let found = read.runs[0].span(&format!("prove{{group={group}}}"));
            prop_assert_eq!(found.map(|span| span.max_ns), of_group().max());
            prop_assert_eq!(found.map_or(0, |span| span.sum_ns), of_group().sum::<u64>());
            for segment in 0..4 {
                let of_part = gauges.iter().filter(|gauge| gauge.0 == index && gauge.1 == segment);
                let sum_ns: u64 = of_part.map(|gauge| u64::from(gauge.2) * 1_000_000).sum();
                let found = read.runs[0].span(&format!("prove{{group={group},segment={segment}}}"));
                prop_assert_eq!(found.map_or(0, |span| span.sum_ns), sum_ns);
            }
        }
    }
}
