//! Any log that the writer makes reads back to the values that were written.

use openvm_kpi::log::{
    parse_duration_ns, read_log, Header, LogOptions, LogWriter, Section, Selection,
};
use proptest::prelude::*;
use std::fmt::Write;

/// One line of a run as a prover might print it.
#[derive(Clone, Debug)]
enum Line {
    Span {
        name: String,
        value: u32,
        unit: &'static str,
    },
    Counters {
        submissions: u32,
        peak_bytes: u32,
    },
    Fallback,
    /// Anything else, markers of our own included.
    Other(Vec<u8>),
}

/// What is expected of a run: per span its occurrences in nanoseconds, in order of appearance.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    spans: Vec<(String, Vec<u64>)>,
    submissions: Option<u64>,
    peak_bytes: Option<u64>,
    host_fallback: Option<u64>,
}

fn names() -> impl Strategy<Value = String> {
    // Few enough that repeats occur; prefixes of each other, because names are matched whole.
    prop::sample::select(vec![
        "prove",
        "prove.round0",
        "prove.round0.inner",
        "s'_0 -> s_0 interpolations",
        "merkle [ tree ]",
        "スパン",
    ])
    .prop_map(str::to_owned)
}

fn lines() -> impl Strategy<Value = Line> {
    let unit = prop::sample::select(vec!["ns", "µs", "us", "ms", "s", "m"]);
    let noise = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::sample::select(vec![
            "===== end =====",
            "===== measured run 1 =====",
            "===== warmup =====",
            "=====",
            "==",
            "# Measured runs: 9",
            "",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
    .prop_filter("must not be read as a span or an event", |bytes| {
        !bytes.contains(&b'\n') && !bytes.contains(&b'[') && !bytes.contains(&b'{')
    });
    prop_oneof![
        4 => (names(), 0u32..1_000_000, unit).prop_map(|(name, value, unit)| Line::Span { name, value, unit }),
        1 => (0u32..1000, any::<u32>()).prop_map(|(submissions, peak_bytes)| Line::Counters { submissions, peak_bytes }),
        1 => Just(Line::Fallback),
        2 => noise.prop_map(Line::Other),
    ]
}

fn rendered(line: &Line, in_colour: bool) -> Vec<u8> {
    let level = if in_colour {
        "\u{1b}[1;32mINFO    \u{1b}[0m "
    } else {
        "INFO     "
    };
    let text = match line {
        Line::Span { name, value, unit } => {
            format!("{level}│  ┝━ {name} [ {}.{:02}{unit} | 1.00% / 2.00% ] phase: \"x\"", value / 100, value % 100)
        }
        Line::Counters {
            submissions,
            peak_bytes,
        } => format!("{level}┝━ ｉ [info]: gpu_counters | stage: \"a | b\" | submissions: {submissions} | peak_bytes: {peak_bytes}"),
        Line::Fallback => format!("{level}┕━ 🚧 [warn]: host_fallback | stage: \"whir\""),
        Line::Other(bytes) => return bytes.clone(),
    };
    text.into_bytes()
}

fn expected(run: &[Line]) -> Expected {
    let mut expected = Expected::default();
    for line in run {
        match line {
            Line::Span { name, value, unit } => {
                // Hundredths of a unit, in whole numbers.
                let ns = match *unit {
                    "ns" => (u64::from(*value) + 50) / 100,
                    "µs" | "us" => u64::from(*value) * 10,
                    "ms" => u64::from(*value) * 10_000,
                    "s" => u64::from(*value) * 10_000_000,
                    _ => u64::from(*value) * 600_000_000,
                };
                match expected.spans.iter_mut().find(|(known, _)| known == name) {
                    Some((_, all)) => all.push(ns),
                    None => expected.spans.push((name.clone(), vec![ns])),
                }
            }
            Line::Counters {
                submissions,
                peak_bytes,
            } => {
                *expected.submissions.get_or_insert(0) += u64::from(*submissions);
                let peak = expected.peak_bytes.get_or_insert(0);
                *peak = u64::from(*peak_bytes).max(*peak);
                expected.host_fallback.get_or_insert(0);
            }
            Line::Fallback => *expected.host_fallback.get_or_insert(0) += 1,
            Line::Other(_) => {}
        }
    }
    expected
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_is_read(
        warmups in 0usize..3,
        runs in prop::collection::vec(prop::collection::vec(lines(), 0..12), 1..5),
        piece_len in 1usize..200,
        in_colour: bool,
        ends_open: bool,
        command in "[^\u{0}]{0,40}",
    ) {
        let header = Header {
            bench: Some("keccakf".to_owned()),
            label: Some("m8".to_owned()),
            timestamp: Some("2026-02-20T20:46:15Z".to_owned()),
            command: Some(command),
            measured_runs: Some(runs.len() as u32),
            is_open_ended: false,
        };
        let mut writer = LogWriter::begin(Vec::new(), &header)?;
        for _ in 0..warmups {
            writer.section(Section::Warmup)?;
            writer.output(&rendered(&Line::Span { name: "prove".to_owned(), value: 1, unit: "s" }, in_colour))?;
        }
        for (index, run) in runs.iter().enumerate() {
            writer.section(Section::Measured(index as u32 + 1))?;
            let mut output = run.iter().map(|line| rendered(line, in_colour)).collect::<Vec<_>>().join(&b'\n');
            if !ends_open {
                output.push(b'\n');
            }
            for piece in output.chunks(piece_len) {
                writer.output(piece)?;
            }
        }
        writer.section(Section::End)?;
        let log = writer.finish()?;

        let options = LogOptions { selection: &Selection::All, allow_cut: false };
        let read = read_log("written", log.as_slice(), &options).map_err(|error| {
            TestCaseError::fail(format!("{error}\n{}", String::from_utf8_lossy(&log)))
        })?;

        prop_assert_eq!(read.header.bench, header.bench);
        prop_assert_eq!(read.header.measured_runs, header.measured_runs);
        prop_assert_eq!(read.warmup_runs as usize, warmups);
        prop_assert_eq!(read.runs.len(), runs.len());
        for (read, written) in read.runs.iter().zip(&runs) {
            let expected = expected(written);
            prop_assert_eq!(read.spans.len(), expected.spans.len());
            for (span, (name, all)) in read.spans.iter().zip(&expected.spans) {
                prop_assert_eq!(&span.name, name);
                prop_assert_eq!(span.sum_ns, all.iter().sum::<u64>());
                prop_assert_eq!(span.first_ns, all[0]);
                prop_assert_eq!(Some(span.max_ns), all.iter().max().copied());
                prop_assert_eq!(span.count as usize, all.len());
            }
            prop_assert_eq!(read.counters.get("submissions").copied(), expected.submissions);
            prop_assert_eq!(read.counters.get("peak_bytes").copied(), expected.peak_bytes);
            prop_assert_eq!(read.counters.get("host_fallback").copied(), expected.host_fallback);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail_in_an_undocumented_way(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let options = LogOptions { selection: &Selection::All, allow_cut: true };
        // Every outcome is a value: what is tested is that there is no panic.
        let _ = read_log("noise", bytes.as_slice(), &options);
    }

    #[test]
    fn durations_read_as_tracing_forest_prints_them(ns in 0u64..100_000_000_000_000) {
        let mut printed = String::new();
        let mut shown = ns as f64;
        for unit in ["ns", "µs", "ms", "s"] {
            let digits = if shown < 10.0 { 2 } else if shown < 100.0 { 1 } else { 0 };
            if shown < 1000.0 || unit == "s" {
                write!(printed, "{shown:.digits$}{unit}").map_err(|e| TestCaseError::fail(e.to_string()))?;
                break;
            }
            shown /= 1000.0;
        }
        let read = parse_duration_ns(&printed).map_err(|e| TestCaseError::fail(e.to_string()))?;
        // Three digits are printed: at most half of the last one is lost.
        prop_assert!((read as f64 - ns as f64).abs() <= 0.0051 * ns as f64 + 0.5, "{ns} -> {printed} -> {read}");
    }
}
