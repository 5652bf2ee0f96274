//! `kpi parse` through the binary: what each kind of log comes to.

mod support;

use std::io::Write;
use std::process::Stdio;
use support::{said, shipped_contract, Workspace, M8_LOG};

/// The medians that the shared log must give, in the contract's order.
const M8_TABLE: &str = "\
| Span | Keccakf median (ms, n=5) |
| --- | ---: |
| `stark_prove_excluding_trace` | `2440.00` |
| `prover.main_trace_commit` | `891.00` |
| `rs_code_matrix` | `655.00` |
| `prover.rap_constraints.round0` | `949.00` |
| `prover.rap_constraints.mle_rounds` | `178.00` |
| `prover.openings.whir` | `314.00` |
| `prover.rap_constraints.logup_gkr` | `1.54` |
";

fn workspace_with_shipped_contract() -> Workspace {
    let workspace = Workspace::new();
    let contract = std::fs::read(shipped_contract()).expect("the shipped contract");
    workspace.write("kpi.toml", contract);
    workspace.write("m8.log", M8_LOG);
    workspace
}

/// The shared log as it would look with colours: the level, and a reset in odd places.
fn coloured(log: &str) -> String {
    log.replace("INFO     ", "\u{1b}[1;32mINFO    \u{1b}[0m ")
        .replace("prover.", "\u{1b}[38;2;252;234;160mprover.\u{1b}[0m")
}

#[test]
fn the_shared_log_gives_exactly_the_published_medians() {
    let workspace = workspace_with_shipped_contract();
    let said = workspace.must(&["parse", "m8.log", "--format", "markdown"]);
    assert_eq!(said.out, M8_TABLE);
}

#[test]
fn colours_and_line_ends_change_nothing() {
    let workspace = workspace_with_shipped_contract();
    workspace.write("coloured.log", coloured(M8_LOG));
    workspace.write("crlf.log", M8_LOG.replace('\n', "\r\n"));
    for log in ["coloured.log", "crlf.log"] {
        let said = workspace.must(&["parse", log, "--format", "markdown"]);
        assert_eq!(said.out, M8_TABLE, "{log}");
    }
}

#[test]
fn the_terminal_shows_median_extremes_spread_and_n() {
    let workspace = workspace_with_shipped_contract();
    let said = workspace.must(&["parse", "m8.log"]);
    let line = said
        .out
        .lines()
        .find(|line| line.contains("prover.rap_constraints.round0"))
        .expect("a row");
    let cells: Vec<&str> = line.split_whitespace().skip(1).collect();
    assert_eq!(
        cells,
        ["949.00", "ms", "937.00", "1060.00", "13.0", "%", "5"]
    );
}

#[test]
fn names_are_matched_whole() {
    let workspace = Workspace::new();
    workspace.write(
        "x.log",
        "INFO     gkr [ 1.00ms | 1.00% / 100.00% ]\nINFO     ┕━ gkr.input_evals [ 9.00ms | 9.00% ]\n",
    );
    let said = workspace.must(&["parse", "x.log", "--span", "gkr", "--format", "csv"]);
    assert!(said.out.contains(",span,gkr,ns,1000000,"), "{said:?}");
    assert!(!said.out.contains("input_evals"), "{said:?}");
}

#[test]
fn repeats_combine_as_the_contract_says() {
    let workspace = Workspace::new();
    let spans =
        "INFO     a [ 2.00ms | 1% ]\nINFO     a [ 5.00ms | 1% ]\nINFO     a [ 3.00ms | 1% ]\n";
    for (combine, expected) in [
        ("sum", "10000000"),
        ("first", "2000000"),
        ("max", "5000000"),
    ] {
        workspace.write(
            "kpi.toml",
            format!("schema = 1\n[[bench]]\nname = \"b\"\ncommand = \"x\"\nspans = [{{ name = \"a\", combine = \"{combine}\" }}]\n"),
        );
        workspace.write("x.log", spans);
        let said = workspace.must(&["parse", "x.log", "-b", "b", "--format", "csv"]);
        assert!(
            said.out.contains(&format!(",a,ns,{expected},")),
            "{combine}: {said:?}"
        );
    }
}

#[test]
fn json_lines_are_read_like_trees() {
    let workspace = Workspace::new();
    workspace.write(
        "x.log",
        concat!(
            r#"{"level":"INFO","fields":{"message":"gpu_counters","stage":"commit","submissions":2},"target":"t","span":{"name":"commit"},"spans":[{"name":"prove"},{"name":"commit"}]}"#,
            "\n",
            r#"{"level":"INFO","fields":{"message":"close","time.busy":"879ms","time.idle":"3.1µs"},"target":"t","span":{"name":"commit"},"spans":[{"name":"prove"}]}"#,
            "\n",
            r#"{"level":"INFO","fields":{"message":"close","time.busy":"2.44s","time.idle":"3.1µs"},"target":"t","span":{"name":"prove"},"spans":[]}"#,
            "\n"
        ),
    );
    let said = workspace.must(&["parse", "x.log", "--format", "csv"]);
    for row in [
        ",span,commit,ns,879000000,",
        ",span,prove,ns,2440000000,",
        ",counter,submissions,count,2,",
        ",counter,host_fallback,count,0,",
    ] {
        assert!(said.out.contains(row), "{row}: {said:?}");
    }
}

#[test]
fn counters_add_up_and_peaks_do_not() {
    let workspace = Workspace::new();
    workspace.write(
        "x.log",
        concat!(
            "INFO     prove [ 1.00s | 100.00% ]\n",
            "INFO     ┝━ ｉ [info]: gpu_counters | stage: \"a\" | dispatches: 12 | peak_bytes: 700\n",
            "WARN     ┝━ 🚧 [warn]: host_fallback | stage: \"b\"\n",
            "INFO     ┕━ ｉ [info]: gpu_counters | stage: \"c\" | dispatches: 30 | peak_bytes: 500\n",
        ),
    );
    let said = workspace.must(&["parse", "x.log", "--format", "csv"]);
    for row in [
        ",counter,dispatches,count,42,",
        ",counter,peak_bytes,count,700,",
        ",counter,host_fallback,count,1,",
    ] {
        assert!(said.out.contains(row), "{row}: {said:?}");
    }
    assert!(said.err.contains("`host_fallback` is 1"), "{said:?}");
}

#[test]
fn a_counter_that_is_no_number_is_an_error_with_its_line() {
    let workspace = Workspace::new();
    workspace.write(
        "x.log",
        "INFO     prove [ 1.00s | 100% ]\nINFO     ┕━ ｉ [info]: gpu_counters | dispatches: -1\n",
    );
    let said = workspace.kpi(&["parse", "x.log"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("x.log: line 2: counter `dispatches` is `-1`"),
        "{said:?}"
    );
}

#[test]
fn a_log_cut_in_the_middle_of_a_line_is_an_error_unless_allowed() {
    let workspace = workspace_with_shipped_contract();
    // In the fifth run, within the line of `prover.openings.whir`.
    let cut = M8_LOG.rfind("prover.openings.whir").expect("the last one") + 12;
    workspace.write("cut.log", &M8_LOG[..cut]);
    let said = workspace.kpi(&["parse", "cut.log"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("cut.log: the log ends in the middle of line 2"),
        "{said:?}"
    );
    assert_eq!(said.out, "");
    let said = workspace.must(&["parse", "cut.log", "--allow-cut", "--format", "markdown"]);
    assert!(said.out.contains("(ms, n=4)"), "{said:?}");
}

#[test]
fn a_log_cut_between_lines_lacks_its_spans() {
    let workspace = workspace_with_shipped_contract();
    let cut = M8_LOG
        .rfind("INFO        ┕━ prover.openings.whir")
        .expect("the last one");
    workspace.write("cut.log", &M8_LOG[..cut]);
    let said = workspace.kpi(&["parse", "cut.log"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("cut.log: run 5 of `keccakf` lacks the required span `prover.openings.whir`"),
        "{said:?}"
    );
}

#[test]
fn a_captured_log_that_is_cut_anywhere_is_never_taken_for_whole() {
    let workspace = Workspace::new();
    workspace.must(&["capture", "--runs", "2", "-q"]);
    let log = std::fs::read(workspace.dated("baselines", "quick-DATE-local.log")).expect("the log");
    let header_end = log.windows(2).position(|w| w == b"\n\n").expect("a header");
    let marker = "===== end =====";
    assert!(log.ends_with(format!("{marker}\n").as_bytes()));
    for cut in (header_end..log.len() - 1).step_by(97) {
        workspace.write("cut.log", &log[..cut]);
        let said = workspace.kpi(&["parse", "cut.log"]);
        assert_eq!(said.code, Some(2), "cut at {cut}: {said:?}");
    }
}

#[test]
fn a_log_with_fewer_runs_than_its_header_promises_is_cut_and_says_both_numbers() {
    let workspace = Workspace::new();
    let run = "===== measured run 1 =====\nINFO     prove [ 1.00s | 100.00% ]\n";
    workspace.write(
        "x.log",
        format!("# Measured runs: 5\n{run}===== end =====\n"),
    );
    let said = workspace.kpi(&["parse", "x.log"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains(
            "x.log: the log stops at line 4 with 1 whole measured run, and its header promises 5"
        ),
        "{said:?}"
    );
    workspace.must(&["parse", "x.log", "--allow-cut"]);
}

#[test]
fn an_empty_log_is_an_error() {
    let workspace = Workspace::new();
    workspace.write("empty.log", "");
    let said = workspace.kpi(&["parse", "empty.log"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("empty.log: no span in 1 measured run; no line looks like one"),
        "{said:?}"
    );
}

#[test]
fn a_missing_log_is_named() {
    let said = Workspace::new().kpi(&["parse", "nowhere.log"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("cannot read nowhere.log"), "{said:?}");
}

#[test]
fn a_log_of_another_benchmark_is_refused() {
    let workspace = workspace_with_shipped_contract();
    let said = workspace.kpi(&["parse", "m8.log", "--bench", "logup"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("m8.log: this is a log of `keccakf`, not of `logup`"),
        "{said:?}"
    );
    // Without a header only the spans can tell.
    workspace.write(
        "other.log",
        "INFO     some_other_program [ 1.00ms | 100.00% ]\n",
    );
    let said = workspace.kpi(&["parse", "other.log", "--bench", "keccakf"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("lacks the required spans `stark_prove_excluding_trace`"),
        "{said:?}"
    );
}

#[test]
fn invalid_utf8_is_passed_over_with_a_warning() {
    let workspace = workspace_with_shipped_contract();
    let mut log = M8_LOG.as_bytes().to_vec();
    log.extend_from_slice(b"INFO     \xff\xfe garbage [ 1.00ms | 3% ]\n\x80\x80\n");
    workspace.write("m8.log", log);
    let said = workspace.must(&["parse", "m8.log", "--format", "markdown"]);
    assert_eq!(said.out, M8_TABLE);
    assert!(
        said.err
            .contains("2 lines of the measured runs are not UTF-8"),
        "{said:?}"
    );
}

#[test]
fn an_unknown_unit_is_an_error_if_the_span_is_wanted() {
    let workspace = workspace_with_shipped_contract();
    workspace.write("m8.log", M8_LOG.replace("[ 949ms", "[ 949fortnights"));
    let said = workspace.kpi(&["parse", "m8.log"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("span `prover.rap_constraints.round0` of run 5: unknown unit `fortnights` (known: ns, µs, us, ms, s, m)"),
        "{said:?}"
    );
    let said = workspace.must(&[
        "parse",
        "m8.log",
        "--span",
        "rs_code_matrix",
        "--format",
        "csv",
    ]);
    assert!(
        said.out.contains(",rs_code_matrix,ns,655000000,"),
        "{said:?}"
    );
}

#[test]
fn minutes_and_nanoseconds_are_read() {
    let workspace = Workspace::new();
    workspace.write(
        "x.log",
        "INFO     a [ 1.5m | 99% ]\nINFO     b [ 7.00ns | 1% ]\n",
    );
    let said = workspace.must(&["parse", "x.log", "--format", "csv"]);
    assert!(said.out.contains(",a,ns,90000000000,"), "{said:?}");
    assert!(said.out.contains(",b,ns,7,"), "{said:?}");
}

#[test]
fn standard_input_is_a_log() {
    let workspace = workspace_with_shipped_contract();
    let mut child = workspace
        .command(&["parse", "-", "--format", "markdown"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kpi starts");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(M8_LOG.as_bytes())
        .expect("kpi listens");
    assert_eq!(
        said(child.wait_with_output().expect("kpi ends")).out,
        M8_TABLE
    );
}

#[test]
fn a_log_that_is_all_span_names_is_refused() {
    let workspace = Workspace::new();
    let log: String = (0..5000)
        .map(|i| format!("INFO     span{i} [ 1.00ms | 1% ]\n"))
        .collect();
    workspace.write("x.log", log);
    let said = workspace.kpi(&["parse", "x.log"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("more than 4096 different spans"),
        "{said:?}"
    );
    let said = workspace.must(&["parse", "x.log", "--span", "span4999", "--format", "csv"]);
    assert!(said.out.contains(",span4999,ns,1000000,"), "{said:?}");
}
