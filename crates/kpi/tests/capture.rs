//! `kpi capture` and `kpi ab` through the binary: what is kept, and what a failure leaves behind.
#![cfg(unix)]

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{said, Said, Script, Workspace, SCRIPT};

const BASELINES: &str = "baselines";

fn no_baseline(workspace: &Workspace) -> bool {
    workspace
        .files(BASELINES)
        .iter()
        .all(|name| name.contains(".failed"))
}

#[test]
fn a_capture_keeps_the_log_and_the_values() {
    let workspace = Workspace::new();
    let said = workspace.must(&["capture", "quick", "--label", "base"]);
    assert_eq!(
        workspace.files(BASELINES),
        ["quick-DATE-base.json", "quick-DATE-base.log"]
    );
    let log = std::fs::read_to_string(workspace.dated(BASELINES, "quick-DATE-base.log")).unwrap();
    assert!(log.starts_with("# base baseline capture: quick\n# Timestamp: "));
    assert!(log.contains("\n# Command: sh bench.sh\n"));
    let markers: Vec<&str> = log
        .lines()
        .filter(|line| line.starts_with("====="))
        .collect();
    assert_eq!(
        markers,
        [
            "===== warmup =====",
            "===== measured run 1 =====",
            "===== measured run 2 =====",
            "===== measured run 3 =====",
            "===== measured run 4 =====",
            "===== measured run 5 =====",
            "===== end =====",
        ]
    );

    let json = std::fs::read_to_string(workspace.dated(BASELINES, "quick-DATE-base.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["warmup_runs"], 1);
    assert_eq!(json["environment"]["adapter"]["name"], "Test GPU");
    assert_eq!(json["environment"]["adapter"]["driver"], "1.2.3");
    let runs = json["runs"].as_array().unwrap();
    // The warm-up was the first one, so the measured ones are 2 to 6.
    let proves: Vec<u64> = runs
        .iter()
        .map(|r| r["spans_ns"]["prove"].as_u64().unwrap())
        .collect();
    assert_eq!(
        proves,
        [
            100_200_000,
            100_300_000,
            100_400_000,
            100_500_000,
            100_600_000
        ]
    );
    for run in runs {
        assert_eq!(run["spans_ns"]["fold"], 7_000_000);
        assert_eq!(run["counters"]["submissions"], 3);
        assert_eq!(run["counters"]["peak_bytes"], 4000);
        assert_eq!(run["counters"]["host_fallback"], 0);
        assert!(run["wall_ns"].as_u64().unwrap() > 0);
        assert!(run["load_average_1m"].is_number());
    }
    assert_eq!(json["spans"][1]["within"], "prove");
    assert!(
        said.err.contains("quick: measured run 5 (6 of 6) took"),
        "{said:?}"
    );
}

#[test]
fn a_captured_log_parses_to_the_values_in_its_json() {
    let workspace = Workspace::new();
    workspace.must(&["capture", "-q"]);
    let log = workspace.dated(BASELINES, "quick-DATE-local.log");
    let json = workspace.dated(BASELINES, "quick-DATE-local.json");
    let from = |path: &std::path::Path| {
        let path = path.to_str().unwrap();
        workspace
            .must(&["report", "-q", "--from", path, "--format", "csv"])
            .out
    };
    assert_eq!(from(&log), from(&json));
    assert!(from(&log).contains(",span,prove,ns,100400000,"));
}

#[test]
fn an_existing_capture_is_replaced_only_by_force() {
    let workspace = Workspace::new();
    workspace.must(&["capture", "-q"]);
    let json = workspace.dated(BASELINES, "quick-DATE-local.json");
    let before = std::fs::read(&json).unwrap();
    let said = workspace.kpi(&["capture", "-q"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("exists: pass --force"), "{said:?}");
    assert_eq!(std::fs::read(&json).unwrap(), before);
    // The first run of the benchmark was numbered 1; it was not even started a second time.
    assert_eq!(workspace.read("runs.txt").lines().count(), 6);
    workspace.must(&["capture", "-q", "--force"]);
    assert_ne!(std::fs::read(&json).unwrap(), before);
}

#[test]
fn exec_runs_warmup_and_runs_go_before_the_contract() {
    let workspace = Workspace::new();
    workspace.write(
        "other.sh",
        Script {
            prove_ms: 55,
            ..SCRIPT
        }
        .text(),
    );
    let arguments = [
        "capture",
        "quick",
        "--exec",
        "sh other.sh",
        "--runs",
        "2",
        "--warmup",
        "0",
    ];
    let said = workspace.must(&arguments);
    assert!(said.out.contains("55."), "{said:?}");
    assert_eq!(workspace.read("runs.txt").lines().count(), 2);
}

#[test]
fn exec_is_for_one_benchmark() {
    let workspace = Workspace::new();
    let contract = format!(
        "{}\n[[bench]]\nname = \"second\"\ncommand = \"true\"\n",
        support::QUICK_CONTRACT
    );
    workspace.write("kpi.toml", contract);
    let said = workspace.kpi(&["capture", "--exec", "true"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("--exec needs exactly one benchmark: name one of quick, second"),
        "{said:?}"
    );
}

#[test]
fn a_run_that_fails_keeps_its_log_and_names_the_reason() {
    let workspace = Workspace::new();
    let failing = format!(
        "{}\nif [ $n = 3 ]; then echo 'device lost' >&2; exit 7; fi\n",
        SCRIPT.text()
    );
    workspace.write("bench.sh", failing);
    let said = workspace.kpi(&["capture"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.err
            .contains("measured run 2 of `quick` failed: `sh bench.sh` ended with exit status: 7"),
        "{said:?}"
    );
    assert_eq!(workspace.files(BASELINES), ["quick-DATE-local.failed.log"]);
    let log =
        std::fs::read_to_string(workspace.dated(BASELINES, "quick-DATE-local.failed.log")).unwrap();
    assert!(log.contains("device lost\n"), "{log}");
    assert!(
        log.ends_with("# measured run 2 failed: `sh bench.sh` ended with exit status: 7\n"),
        "{log}"
    );
    // A second failure does not take the first one's place.
    std::fs::remove_file(workspace.path("runs.txt")).unwrap();
    workspace.kpi(&["capture"]);
    assert_eq!(
        workspace.files(BASELINES),
        [
            "quick-DATE-local.failed-2.log",
            "quick-DATE-local.failed.log"
        ]
    );
}

#[test]
fn a_run_without_a_required_span_or_counter_fails_the_capture() {
    let workspace = Workspace::new();
    workspace.write(
        "bench.sh",
        SCRIPT.text().replace("commit [", "commitment ["),
    );
    let said = workspace.kpi(&["capture"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.err.contains("lacks the required span `commit`"),
        "{said:?}"
    );
    assert!(no_baseline(&workspace));

    workspace.write(
        "bench.sh",
        SCRIPT.text().replace("peak_bytes:", "most_bytes:"),
    );
    let said = workspace.kpi(&["capture"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.err.contains("lacks the required counter `peak_bytes`"),
        "{said:?}"
    );
    assert!(no_baseline(&workspace));
}

#[test]
fn an_adapter_that_changes_between_runs_fails_the_capture() {
    let workspace = Workspace::new();
    let changing = SCRIPT.text().replace("Test GPU", "GPU '$((n > 3))'");
    workspace.write("bench.sh", changing);
    let said = workspace.kpi(&["capture"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.err
            .contains("the adapter changed from `GPU 0` to `GPU 1`"),
        "{said:?}"
    );
    assert!(no_baseline(&workspace));
}

/// A benchmark with a process of its own, which writes a file three seconds later.
const LINGERING: &str =
    "(sleep 3; echo alive > survivor.txt) &\necho started > started.txt\nsleep 30\n";
const AFTER_LINGERING: Duration = Duration::from_millis(3500);

#[test]
fn a_timeout_ends_the_whole_process_group() {
    let workspace = Workspace::new();
    workspace.write("bench.sh", LINGERING);
    let said = workspace.kpi(&["capture", "--timeout", "1"]);
    assert_eq!(said.code, Some(3));
    assert!(said.err.contains("was ended after 1 s"), "{said:?}");
    assert!(no_baseline(&workspace));
    std::thread::sleep(AFTER_LINGERING);
    assert!(workspace.path("started.txt").exists());
    assert!(
        !workspace.path("survivor.txt").exists(),
        "a part of the benchmark survived"
    );
}

fn stopped_by(signal: &str) -> (Workspace, Said) {
    let workspace = Workspace::new();
    workspace.write("bench.sh", LINGERING);
    let child = workspace
        .command(&["capture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kpi starts");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !workspace.path("started.txt").exists() {
        assert!(Instant::now() < deadline, "the benchmark did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!("kill -{signal} {}", child.id()))
        .status()
        .expect("a signal");
    assert!(killed.success());
    let output = said(child.wait_with_output().expect("kpi ends"));
    (workspace, output)
}

#[test]
fn an_interrupt_leaves_no_baseline_and_no_process() {
    for signal in ["INT", "TERM"] {
        let (workspace, said) = stopped_by(signal);
        assert_eq!(said.code, Some(130), "{signal}: {said:?}");
        assert!(said.err.contains("interrupted"), "{signal}: {said:?}");
        assert_eq!(
            workspace.files(BASELINES),
            ["quick-DATE-local.failed.log"],
            "{signal}"
        );
        std::thread::sleep(AFTER_LINGERING);
        assert!(
            !workspace.path("survivor.txt").exists(),
            "{signal}: a part survived"
        );
    }
}

#[test]
fn a_killed_capture_is_no_baseline_and_says_so_next_time() {
    let (workspace, said) = stopped_by("KILL");
    assert_eq!(said.code, None);
    assert_eq!(workspace.files(BASELINES), ["quick-DATE-local.log.partial"]);
    workspace.write("bench.sh", SCRIPT.text());
    let report = workspace.kpi(&["report"]);
    assert_eq!(report.code, Some(2), "{report:?}");
    let again = workspace.kpi(&["capture"]);
    assert_eq!(again.code, Some(2));
    assert!(
        again
            .err
            .contains(".log.partial exists: another capture is writing it, or was killed"),
        "{again:?}"
    );
    workspace.must(&["capture", "--force"]);
    assert_eq!(
        workspace.files(BASELINES),
        ["quick-DATE-local.json", "quick-DATE-local.log"]
    );
}

#[test]
fn output_without_a_line_end_and_like_a_marker_does_no_harm() {
    let workspace = Workspace::new();
    let odd = format!(
        "echo '===== measured run 9 ====='\n{}printf 'no line end'\n",
        SCRIPT.text()
    );
    workspace.write("bench.sh", odd);
    workspace.must(&["capture", "-q"]);
    let log = workspace.dated(BASELINES, "quick-DATE-local.log");
    let said = workspace.must(&["parse", log.to_str().unwrap(), "--format", "markdown"]);
    assert!(said.out.contains("(ms, n=5)"), "{said:?}");
}

#[test]
fn a_slow_first_run_and_a_fallback_are_warned_of_with_a_next_step() {
    let workspace = Workspace::new();
    let slow_first = Script {
        fallbacks: 2,
        ..SCRIPT
    }
    .text()
    .replace("prove [ 100.", "prove [ $((n == 2 ? 150 : 100)).");
    workspace.write("bench.sh", slow_first);
    let said = workspace.must(&["capture"]);
    assert!(
        said.err.contains("the first measured run took 150.20 ms, the others at most 100.60 ms: something is still warming up, try --warmup 2"),
        "{said:?}"
    );
    assert!(said.err.contains("`host_fallback` is 2"), "{said:?}");
    assert!(
        said.err
            .contains("far from the other runs in run 1 (150.20 ms)"),
        "{said:?}"
    );
    let quiet = workspace.must(&["capture", "--quiet", "--force"]);
    assert_eq!(quiet.err, "");
}

#[test]
fn bad_labels_and_benchmarks_are_named() {
    let workspace = Workspace::new();
    let said = workspace.kpi(&["capture", "--label", "../up"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("`../up` cannot be a label"), "{said:?}");
    let said = workspace.kpi(&["capture", "kecak"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("no benchmark `kecak` in the contract (there are: quick)"),
        "{said:?}"
    );
}
