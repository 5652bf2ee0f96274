//! `kpi report`, `kpi compare` and the command line itself, through the binary.
#![cfg(unix)]

mod support;

use support::{shipped_contract, Script, Workspace, M8_LOG, SCRIPT};

fn captured() -> Workspace {
    let workspace = Workspace::new();
    workspace.must(&["capture", "-q", "--label", "before"]);
    workspace.write(
        "bench.sh",
        Script {
            prove_ms: 80,
            ..SCRIPT
        }
        .text(),
    );
    // The time of a capture is kept to the second, and the newest one is shown.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    workspace.must(&["capture", "-q", "--label", "after"]);
    workspace
}

#[test]
fn the_newest_capture_or_the_one_of_a_label_is_shown() {
    let workspace = captured();
    let newest = workspace.must(&["report"]);
    assert!(newest.out.contains("quick · after"), "{newest:?}");
    assert!(
        newest.out.contains("Test GPU (1.2.3, vulkan)"),
        "{newest:?}"
    );
    let before = workspace.must(&["report", "--label", "before"]);
    assert!(before.out.contains("quick · before"), "{before:?}");
}

#[test]
fn the_milestone_table_has_a_column_per_benchmark_and_na_for_what_is_absent() {
    let workspace = Workspace::new();
    let contract = std::fs::read(shipped_contract()).unwrap();
    workspace.write("kpi.toml", contract);
    workspace.write("m8.log", M8_LOG);
    let logup: String = (1..=5)
        .map(|run| {
            format!(
                "===== measured run {run} =====\nINFO     rs_code_matrix [ 4.3{run}ms | 1% ]\nINFO     prover.rap_constraints.round0 [ 3.0{run}ms | 1% ]\nINFO     prover.rap_constraints.mle_rounds [ 3.2{run}ms | 1% ]\nINFO     prover.rap_constraints.logup_gkr [ 8.7{run}ms | 1% ]\n"
            )
        })
        .collect();
    workspace.write(
        "logup.log",
        format!("# m8 baseline capture: logup\n{logup}"),
    );
    let said = workspace.must(&[
        "report",
        "--from",
        "m8.log",
        "logup.log",
        "--format",
        "markdown",
    ]);
    assert_eq!(
        said.out,
        "\
| Span | Keccakf median (ms, n=5) | LogUp test median (ms, n=5) |
| --- | ---: | ---: |
| `stark_prove_excluding_trace` | `2440.00` | `N/A` |
| `prover.main_trace_commit` | `891.00` | `N/A` |
| `rs_code_matrix` | `655.00` | `4.33` |
| `prover.rap_constraints.round0` | `949.00` | `3.03` |
| `prover.rap_constraints.mle_rounds` | `178.00` | `3.23` |
| `prover.openings.whir` | `314.00` | `N/A` |
| `prover.rap_constraints.logup_gkr` | `1.54` | `8.73` |
"
    );
}

#[test]
fn update_rewrites_the_marked_section_and_nothing_else() {
    let workspace = captured();
    let (head, tail) = (
        "# Title\r\n\n  text | with | bars\n",
        "\n\nnotes without line end",
    );
    workspace.write(
        "doc.md",
        format!("{head}<!-- kpi:begin -->\nold\n<!-- kpi:end -->{tail}"),
    );
    workspace.must(&["report", "--update", "doc.md"]);
    let table = workspace.must(&["report", "--format", "markdown"]).out;
    assert_eq!(
        workspace.read("doc.md"),
        format!("{head}<!-- kpi:begin -->\n{table}<!-- kpi:end -->{tail}")
    );
    let before = workspace.read("doc.md");
    workspace.must(&["report", "--update", "doc.md"]);
    assert_eq!(workspace.read("doc.md"), before);
}

#[test]
fn a_document_without_markers_is_left_alone() {
    let workspace = captured();
    workspace.write("doc.md", "# Title\n");
    let said = workspace.kpi(&["report", "--update", "doc.md"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("doc.md: there is no `<!-- kpi:begin -->`"),
        "{said:?}"
    );
    assert_eq!(workspace.read("doc.md"), "# Title\n");
}

#[test]
fn csv_and_json_have_nanoseconds() {
    let workspace = captured();
    let csv = workspace.must(&["report", "--format", "csv"]).out;
    assert!(
        csv.starts_with("bench,label,captured_at,kind,name,unit,median,min,max,spread_percent,n\n")
    );
    assert!(
        csv.contains(",span,commit,ns,40000000,40000000,40000000,0.000,5\n"),
        "{csv}"
    );
    let json = workspace.must(&["report", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["bench"], "quick");
    assert_eq!(json[0]["spans"][1]["median_ns"], 40_000_000.0);
    assert_eq!(json[0]["spans"][1]["n"], 5);
}

#[test]
fn html_is_one_file_that_loads_nothing() {
    let workspace = captured();
    workspace.must(&["report", "--format", "html", "--output", "kpi.html"]);
    let page = workspace.read("kpi.html");
    for wanted in [
        "prefers-color-scheme: dark",
        "<h3>Spans</h3>",
        "<h3>History</h3>",
        "<h3>Counters</h3>",
        "Stages of prove",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    for unwanted in [
        "http://", "https://", "<script", "<link", "<img", "url(", "@import",
    ] {
        assert!(!page.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn html_escapes_what_logs_say() {
    let workspace = Workspace::new();
    workspace.write(
        "x.log",
        "INFO     <script>alert(1)</script> [ 1.00ms | 100.00% ]\n",
    );
    let said = workspace.must(&["report", "--from", "x.log", "--format", "html"]);
    assert!(!said.out.contains("<script"), "{said:?}");
    assert!(said.out.contains("&lt;script&gt;"), "{said:?}");
}

#[test]
fn compare_gives_ratio_interval_rank_test_and_verdict() {
    let workspace = captured();
    let said = workspace.must(&["compare", "before", "after", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let prove = &json[0]["spans"][0];
    assert_eq!(prove["name"], "prove");
    assert_eq!(prove["verdict"], "improved");
    let ratio = prove["ratio"].as_f64().unwrap();
    let interval = prove["interval"].as_array().unwrap();
    assert!(interval[0].as_f64().unwrap() <= ratio && ratio <= interval[1].as_f64().unwrap());
    assert!((prove["p_value"].as_f64().unwrap() - 2.0 / 252.0).abs() < 1e-12);
    assert_eq!(json[0]["spans"][1]["verdict"], "no_change");

    let markdown = workspace
        .must(&["compare", "before", "after", "--format", "markdown"])
        .out;
    assert!(
        markdown.contains("| Span | Base | New | Ratio | 95 % interval | p | Verdict |"),
        "{markdown}"
    );
    assert!(markdown.contains("| improved |"), "{markdown}");
}

#[test]
fn a_comparison_says_whether_all_its_verdicts_together_are_sure() {
    let workspace = captured();
    let said = workspace.must(&["compare", "before", "after"]);
    assert!(
        said.out
            .contains("all verdicts together are 95 % sure: corrected for 4 rows (Holm)"),
        "{said:?}"
    );
    // Five against five reach p = 2 / 252, which seven rows would need to be smaller.
    let said = workspace.must(&["compare", "before", "after", "--confidence", "99"]);
    assert!(
        said.out
            .contains("each verdict by itself is 99 % sure, all 4 together are not"),
        "{said:?}"
    );
    let arguments = ["compare", "before", "after", "--span", "prove"];
    let said = workspace.must(&arguments);
    assert!(said.out.contains("the verdict is 95 % sure"), "{said:?}");
}

#[test]
fn markdown_is_safe_to_post_whatever_a_stranger_named_things() {
    let workspace = Workspace::new();
    let name = "<img src=x onerror=y>@everyone `#1` [a](http://b)";
    workspace.write("x.log", format!("INFO     {name} [ 1.00ms | 100.00% ]\n"));
    let parsed = workspace
        .must(&["parse", "x.log", "--format", "markdown"])
        .out;
    let compared = workspace
        .must(&["compare", "x.log", "x.log", "--format", "markdown"])
        .out;
    for markdown in [parsed, compared] {
        assert!(
            markdown.contains("| `<img src=x onerror=y>@everyone '#1' [a](http://b)` |"),
            "{markdown}"
        );
        // Outside of code spans there is nothing that could mean anything.
        let outside: String = markdown.split('`').step_by(2).collect();
        assert!(
            !outside.contains(['<', '>', '@', '#', '[', ']', '&']),
            "{markdown}"
        );
    }
}

#[test]
fn two_runs_are_too_few_for_a_verdict() {
    let workspace = captured();
    workspace.must(&["capture", "-q", "--label", "short", "--runs", "2"]);
    let said = workspace.must(&["compare", "before", "short"]);
    assert!(said.out.contains("too few runs"), "{said:?}");
}

#[test]
fn logs_and_labels_compare_with_a_warning_about_the_machine() {
    let workspace = captured();
    let log = workspace.dated("baselines", "quick-DATE-before.log");
    workspace.write(
        "other.log",
        std::fs::read_to_string(log)
            .unwrap()
            .replace("Test GPU", "Other GPU"),
    );
    let said = workspace.must(&["compare", "other.log", "after", "--bench", "quick"]);
    assert!(
        said.err.contains("the baseline's GPU is Other GPU"),
        "{said:?}"
    );
}

#[test]
fn what_cannot_be_compared_is_named() {
    let workspace = captured();
    let said = workspace.kpi(&["compare", "before", "nothing"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("`nothing` is no file here and no label of a capture in")
            && said.err.contains("(there are: after, before)"),
        "{said:?}"
    );
    let said = workspace.kpi(&["compare", "before", "nothing", "--bench", "quick"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("no baseline `nothing` for `quick`")
            && said.err.contains("(there are: after, before)"),
        "{said:?}"
    );
}

#[test]
fn a_faulty_contract_is_named_with_file_and_line() {
    let workspace = Workspace::new();
    let contract = "schema = 1\n\n[[bench]]\nname = \"a\"\ncommand = \"x\"\nrums = 5\n";
    workspace.write("kpi.toml", contract);
    let said = workspace.kpi(&["report"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("kpi.toml:6: unknown field `rums`"),
        "{said:?}"
    );
    let twice = "schema = 1\n[[bench]]\nname = \"a\"\ncommand = \"x\"\n[[bench]]\nname = \"a\"\ncommand = \"y\"\n";
    workspace.write("kpi.toml", twice);
    let said = workspace.kpi(&["report"]);
    assert!(
        said.err
            .contains("kpi.toml:6: duplicate benchmark `a`, first named in line 3"),
        "{said:?}"
    );
}

#[test]
fn a_missing_contract_says_where_it_was_looked_for() {
    let workspace = Workspace::new();
    std::fs::remove_file(workspace.path("kpi.toml")).unwrap();
    let said = workspace.kpi(&["capture"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("no kpi.toml in "), "{said:?}");
    workspace.write("prover/kpi.toml", "schema = 1\n");
    let said = workspace.kpi(&["report"]);
    assert!(
        said.err.contains("(there are: ") && said.err.contains("prover/kpi.toml)"),
        "{said:?}"
    );
    workspace.write("other.toml", "schema = 1\n");
    let said = workspace.kpi(&["report", "--contract", "nope.toml"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("no contract nope.toml (there are: ./other.toml)"),
        "{said:?}"
    );
}

#[test]
fn the_shipped_contract_has_the_reference_benchmarks() {
    let contract = openvm_kpi::contract::Contract::read(&shipped_contract()).expect("it is valid");
    let commands: Vec<(&str, &str)> = contract
        .benches
        .iter()
        .map(|bench| (bench.name.as_str(), bench.command.as_str()))
        .collect();
    assert_eq!(
        commands,
        [
            ("keccakf", "cargo run -p openvm-metal-backend --release --example keccakf"),
            ("logup", "cargo test -p openvm-metal-backend --release test_batch_constraints_with_interactions -- --nocapture"),
            ("vm_segment", "RUST_LOG=info cargo bench -p openvm-metal-backend --bench vm_segment"),
            ("keccakf_pipeline", "cargo run -p openvm-metal-backend --release --example keccakf -- --proofs 100 --pipeline"),
            ("counters", "cargo run --release --example keccakf -- --permutations 16 --adapter llvmpipe"),
            ("vm_segment_counters", "OPENVM_METAL_ADAPTER=llvmpipe SEGMENTS=2 RUST_LOG=info cargo bench --workspace --bench vm_segment"),
        ]
    );
    for bench in &contract.benches[..2] {
        assert_eq!(
            (bench.warmup_runs, bench.runs, bench.spans.len()),
            (1, 5, 7),
            "{}",
            bench.name
        );
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let workspace = Workspace::new();
    let help = workspace.must(&["--help"]).out;
    assert!(help.contains("Exit codes:"), "{help}");
    for command in [
        "capture",
        "parse",
        "report",
        "compare",
        "ab",
        "check",
        "completions",
    ] {
        let help = workspace.must(&[command, "--help"]).out;
        assert!(help.contains("Examples:\n  kpi "), "{command}: {help}");
        assert!(help.contains("--color"), "{command}");
    }
    let said = workspace.kpi(&[]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("Usage: kpi"), "{said:?}");
}

#[test]
fn colour_is_as_asked_for() {
    let workspace = captured();
    let escape = '\u{1b}';
    let said = workspace.must(&["compare", "before", "after", "--color", "always"]);
    assert!(said.out.contains(escape), "{said:?}");
    for arguments in [
        &["compare", "before", "after"][..],
        &["compare", "before", "after", "--color", "never"],
    ] {
        assert!(
            !workspace.must(arguments).out.contains(escape),
            "{arguments:?}"
        );
    }
}

#[test]
fn completions_are_printed() {
    let workspace = Workspace::new();
    for shell in ["bash", "zsh", "fish"] {
        let said = workspace.must(&["completions", shell]);
        assert!(said.out.contains("capture"), "{shell}");
    }
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let workspace = captured();
    let document = "<!-- kpi:begin -->\nold\n<!-- kpi:end -->\n";
    workspace.write("doc.md", document);
    // The new text is first written beside the document; a directory of that name is in its way.
    workspace.write("doc.md.tmp/in-the-way", "");
    let said = workspace.kpi(&["report", "--update", "doc.md"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("cannot write doc.md: "), "{said:?}");
    assert_eq!(workspace.read("doc.md"), document);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_an_error() {
    let workspace = captured();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = workspace
        .command(&["report"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("cannot write standard output"), "{said}");
}

#[test]
fn a_reader_that_has_heard_enough_is_no_error() {
    let workspace = captured();
    let kpi = env!("CARGO_BIN_EXE_kpi");
    let script = format!("('{kpi}' completions bash; echo \"code $?\" >&2) | head -n 1");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(workspace.path(""))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "code 0\n");
}
