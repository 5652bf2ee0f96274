//! What `tracing-forest` and `tracing-subscriber` really print is what the parser reads.

use openvm_kpi::log::{read_log, Adapter, LogOptions, RunLog, Selection};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::{info, info_span, warn};
use tracing_forest::printer::PrettyPrinter;
use tracing_forest::ForestLayer;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::Registry;

const LEAST_SLEEP: Duration = Duration::from_millis(3);

/// A writer whose content can be read afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a prover does, as far as its log is concerned.
fn prove() {
    info!(
        name = "llvmpipe (LLVM 15.0.6, 256 bits)",
        driver = "Mesa 22.3.6 | x",
        backend = "vulkan",
        "gpu_adapter"
    );
    let root = info_span!("stark_prove_excluding_trace", phase = "prover").entered();
    for (stage, peak_bytes) in [("commit", 7890_u64), ("whir \"tail\"", 789)] {
        let _stage = info_span!("prover.main_trace_commit", phase = "prover").entered();
        let inner = info_span!("rs_code_matrix").entered();
        std::thread::sleep(LEAST_SLEEP);
        drop(inner);
        info!(
            stage,
            submissions = 1_u64,
            dispatches = 12_u64,
            peak_bytes,
            "gpu_counters"
        );
    }
    warn!(stage = "whir", "host_fallback");
    drop(root);
}

fn assert_is_read(log: &[u8]) {
    let options = LogOptions {
        selection: &Selection::All,
        allow_cut: false,
    };
    let read = read_log("formatted", log, &options).expect("it is a log");
    let [run] = read.runs.as_slice() else {
        panic!("{} runs", read.runs.len());
    };
    let text = String::from_utf8_lossy(log);
    let count =
        |run: &RunLog, name: &str| run.span(name).map(|span| (span.count, span.within.clone()));
    let root = "stark_prove_excluding_trace".to_owned();
    let commit = "prover.main_trace_commit".to_owned();
    assert_eq!(count(run, &root), Some((1, None)), "{text}");
    assert_eq!(count(run, &commit), Some((2, Some(root.clone()))), "{text}");
    assert_eq!(
        count(run, "rs_code_matrix"),
        Some((2, Some(commit))),
        "{text}"
    );
    assert_eq!(run.spans.len(), 3, "{text}");

    let counters: Vec<(&str, u64)> = run
        .counters
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    assert_eq!(
        counters,
        [
            ("dispatches", 24),
            ("host_fallback", 1),
            ("peak_bytes", 7890),
            ("submissions", 2)
        ],
        "{text}"
    );
    let adapter = Adapter {
        name: "llvmpipe (LLVM 15.0.6, 256 bits)".to_owned(),
        driver: "Mesa 22.3.6 | x".to_owned(),
        backend: "vulkan".to_owned(),
    };
    assert_eq!(run.adapter, Some(adapter), "{text}");

    let ns = |name: &str| run.span(name).map_or(0, |span| span.sum_ns);
    let slept_ns = 2 * LEAST_SLEEP.as_nanos() as u64;
    // Three digits are printed, so half of the last one may be missing.
    assert!(ns("rs_code_matrix") >= slept_ns - slept_ns / 100, "{text}");
    assert!(ns(&root) >= ns("rs_code_matrix") - slept_ns / 100, "{text}");
}

#[test]
fn forest_trees_are_read_with_their_colours() {
    let out = Shared::default();
    let writer = out.clone();
    let printer = PrettyPrinter::new().writer(move || writer.clone());
    let subscriber = Registry::default().with(ForestLayer::from(printer));
    tracing::subscriber::with_default(subscriber, prove);
    let log = out.0.lock().expect("not poisoned").clone();
    assert!(log.contains(&0x1b), "the colours are missing");
    assert_is_read(&log);
}

#[test]
fn json_lines_are_read_flattened_or_not() {
    for is_flat in [false, true] {
        let out = Shared::default();
        let writer = out.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(is_flat)
            .with_span_events(FmtSpan::CLOSE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, prove);
        let log = out.0.lock().expect("not poisoned").clone();
        assert_is_read(&log);
    }
}

/// What a subscriber with these settings prints of [`prove`].
macro_rules! printed {
    ($in_colour:expr $(, $setting:ident($($argument:expr),*))*) => {{
        let out = Shared::default();
        let writer = out.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_span_events(FmtSpan::CLOSE)
            .with_writer(move || writer.clone())
            .with_ansi($in_colour)
            $(.$setting($($argument),*))*
            .finish();
        tracing::subscriber::with_default(subscriber, prove);
        let log = out.0.lock().expect("not poisoned").clone();
        assert_eq!(log.contains(&0x1b), $in_colour);
        log
    }};
}

#[test]
fn full_lines_are_read() {
    for in_colour in [false, true] {
        assert_is_read(&printed!(in_colour));
        assert_is_read(&printed!(in_colour, with_timer(())));
        assert_is_read(&printed!(in_colour, with_target(false)));
        assert_is_read(&printed!(in_colour, with_level(false)));
        assert_is_read(&printed!(
            in_colour,
            with_thread_ids(true),
            with_thread_names(true)
        ));
        assert_is_read(&printed!(
            in_colour,
            with_file(true),
            with_line_number(true)
        ));
    }
}

#[test]
fn compact_lines_are_read() {
    for in_colour in [false, true] {
        assert_is_read(&printed!(in_colour, compact()));
        assert_is_read(&printed!(in_colour, with_target(false), compact()));
        assert_is_read(&printed!(
            in_colour,
            with_file(true),
            with_line_number(true),
            compact()
        ));
    }
}

#[test]
fn pretty_lines_are_read() {
    for in_colour in [false, true] {
        assert_is_read(&printed!(in_colour, pretty()));
        assert_is_read(&printed!(in_colour, with_target(false), pretty()));
        assert_is_read(&printed!(in_colour, with_file(false), pretty()));
        assert_is_read(&printed!(
            in_colour,
            with_timer(()),
            with_thread_names(true),
            pretty()
        ));
    }
}

/// `line` as collectors of logs hand it on.
fn prefixed(log: &[u8], prefix: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(log);
    let lines = text.lines().map(|line| format!("{prefix}{line}\n"));
    lines.collect::<String>().into_bytes()
}

#[test]
fn every_form_is_read_behind_what_collectors_put_before_it() {
    let logs = [
        printed!(true),
        printed!(false, compact()),
        printed!(true, pretty()),
        printed!(false, json()),
    ];
    for prefix in [
        "api-1  | ",
        "api-1  | 2026-05-23T17:47:45.659709Z ",
        "2026-02-20T20:46:15.1234567Z ",
        "Jun 15 14:15:27 host7 prover[316169]: ",
        "prove\tRun\t2026-02-20T20:46:15.1234567Z ",
    ] {
        for log in &logs {
            assert_is_read(&prefixed(log, prefix));
        }
    }
}
