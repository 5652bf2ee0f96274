//! The HTML report as a reader sees it: opened in headless Chromium at 400 and 1600 px, light and dark.
//!
//! Without Chromium these tests are ignored, and say so. `KPI_CHROMIUM=/usr/bin/chromium cargo test -p
//! openvm-kpi --release --test html_in_chromium -- --ignored` runs them; on Debian the package is `chromium`.
#![cfg(unix)]

mod support;

use std::path::PathBuf;
use std::process::Command;
use support::{shipped_contract, Workspace, M8_LOG};

const WIDTHS: [u32; 2] = [400, 1600];
const SCHEMES: [&str; 2] = ["light", "dark"];
const MEASURE: &str = include_str!("support/measure.html");

/// What Chromium found.
struct Sight {
    /// How many boxes of text and plots there are, and the colour scheme.
    seen: String,
    faults: Vec<String>,
    /// Lines of the browser's console.
    console: Vec<String>,
}

fn chromium() -> PathBuf {
    match std::env::var_os("KPI_CHROMIUM") {
        Some(path) => PathBuf::from(path),
        None => panic!("set KPI_CHROMIUM to the path of Chromium"),
    }
}

/// Opens `page` in a frame of this width.
fn look(workspace: &Workspace, page: &str, width: u32, scheme: &str) -> Sight {
    let as_script = serde_json::to_string(page).unwrap().replace("</", "<\\/");
    let measure = MEASURE
        .replace("@WIDTH@", &width.to_string())
        .replace("@PAGE@", &as_script);
    let file = workspace.write("measure.html", measure);
    let preferred = if scheme == "dark" { 0 } else { 1 };
    let output = Command::new(chromium())
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
        ])
        .arg(format!("--blink-settings=preferredColorScheme={preferred}"))
        .arg(format!(
            "--user-data-dir={}",
            workspace.path("profile").display()
        ))
        .arg("--window-size=1700,1200")
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("Chromium runs");
    assert!(output.status.success(), "Chromium: {}", output.status);
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let result = dom
        .split_once("<pre id=\"result\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .unwrap_or_else(|| panic!("no result in {dom}"))
        .0;
    let mut lines = result.lines().map(str::to_owned);
    Sight {
        seen: lines.next().expect("the page was measured"),
        faults: lines.collect(),
        console: String::from_utf8_lossy(&output.stderr)
            .lines()
            .filter(|line| line.contains("CONSOLE"))
            .map(str::to_owned)
            .collect(),
    }
}

fn assert_readable(workspace: &Workspace, page: &str, least_boxes: u32) {
    for width in WIDTHS {
        for scheme in SCHEMES {
            let sight = look(workspace, page, width, scheme);
            let what = format!("{width} px, {scheme}");
            assert_eq!(sight.faults, [""; 0], "{what}");
            assert_eq!(sight.console, [""; 0], "{what}");
            let (boxes, seen_scheme) = sight.seen.split_once(" boxes, ").expect("a count");
            assert_eq!(seen_scheme, scheme, "{what}");
            let boxes: u32 = boxes.parse().unwrap();
            assert!(boxes >= least_boxes, "{what}: only {boxes} boxes");
        }
    }
}

#[test]
#[ignore = "needs Chromium: KPI_CHROMIUM=PATH cargo test ... -- --ignored"]
fn the_reference_report_is_readable() {
    let workspace = Workspace::new();
    workspace.write("kpi.toml", std::fs::read(shipped_contract()).unwrap());
    workspace.write("m8.log", M8_LOG);
    let page = workspace
        .must(&["report", "-q", "--from", "m8.log", "--format", "html"])
        .out;
    assert_readable(&workspace, &page, 50);
    keep_for_people(&page, "reference.html");
}

#[test]
#[ignore = "needs Chromium: KPI_CHROMIUM=PATH cargo test ... -- --ignored"]
fn a_report_with_history_counters_and_long_names_is_readable() {
    let workspace = Workspace::new();
    let long = "a::module::with::a::long::path::LogupZerocheck::sumcheck_polys_batch_eval_of_everything_there_is";
    let contract = support::QUICK_CONTRACT.replace(
        "{ name = \"fold\"",
        &format!("{{ name = \"{long}\" }},\n    {{ name = \"fold\""),
    );
    workspace.write("kpi.toml", contract);
    for (label, prove_ms) in [
        ("first", 1_234_567),
        ("a-label-that-is-rather-long-for-a-label", 987),
        ("third", 2),
    ] {
        let script = support::Script {
            prove_ms,
            peak_bytes: 2_000_000_000,
            adapter: "An Adapter With A Very Long Name, 80 GiB, PCIe (LLVM 15.0.6, 256 bits)",
            ..support::SCRIPT
        };
        let script = format!(
            "{}echo 'INFO     {long} [ 1.00µs | 1.00% ]'\n",
            script.text()
        );
        workspace.write("bench.sh", script);
        workspace.must(&["capture", "-q", "--label", label]);
    }
    let page = workspace.must(&["report", "-q", "--format", "html"]).out;
    assert_readable(&workspace, &page, 60);
    keep_for_people(&page, "history.html");
}

#[test]
#[ignore = "needs Chromium: KPI_CHROMIUM=PATH cargo test ... -- --ignored"]
fn a_report_with_a_fence_is_readable() {
    let workspace = Workspace::new();
    for (label, prove_ms) in (0..7).zip([100, 101, 99, 100, 102, 100, 120]) {
        let script = support::Script {
            prove_ms,
            ..support::SCRIPT
        };
        workspace.write("bench.sh", script.text());
        workspace.must(&["capture", "-q", "--label", &format!("m{label}")]);
    }
    let page = workspace.must(&["report", "-q", "--format", "html"]).out;
    assert!(page.contains("above the fence"), "no fence");
    assert_readable(&workspace, &page, 60);
    keep_for_people(&page, "fence.html");
}

/// What the other tests rely on: each kind of fault is found.
#[test]
#[ignore = "needs Chromium: KPI_CHROMIUM=PATH cargo test ... -- --ignored"]
fn every_kind_of_fault_is_found() {
    let workspace = Workspace::new();
    let page = "<!DOCTYPE html><body style='background:#fff'>\
        <p style='position:absolute;top:0;left:0'>one over</p><p style='position:absolute;top:0;left:0'>another</p>\
        <p style='margin-top:90px;font-size:8px'>tiny</p><p style='color:#ddd'>pale</p>\
        <p style='width:3000px;text-align:right'>far away</p>\
        <script>throw new Error('broken script')</script>";
    let sight = look(&workspace, page, 400, "light");
    for fault in [
        "overlap: one over / another",
        "small: tiny",
        "faint: pale",
        "outside: far away",
        "wider than the window",
    ] {
        assert!(
            sight.faults.iter().any(|found| found.contains(fault)),
            "{fault}: {:?}",
            sight.faults
        );
    }
    assert!(
        sight
            .console
            .iter()
            .any(|line| line.contains("broken script")),
        "{:?}",
        sight.console
    );
}

/// Keeps a page where `KPI_HTML_DIR` says, to be looked at.
fn keep_for_people(page: &str, name: &str) {
    if let Some(dir) = std::env::var_os("KPI_HTML_DIR") {
        std::fs::write(PathBuf::from(dir).join(name), page).expect("the page is kept");
    }
}
