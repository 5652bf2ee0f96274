//! The forms of logs in public use, through the binary: small inputs and the values they must give.

mod support;

use support::{Said, Workspace};

/// An input of `data/forms`, parsed without a contract.
fn parsed(log: &str, arguments: &[&str]) -> Said {
    let workspace = Workspace::new();
    std::fs::remove_file(workspace.path("kpi.toml")).expect("a contract to remove");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/forms")
        .join(log);
    let mut all = vec!["parse", path.to_str().expect("a path of text")];
    all.extend(arguments);
    workspace.must(&all)
}

/// Name and nanoseconds of each row of a kind, in order.
fn rows(log: &str, kind: &str) -> Vec<(String, u64)> {
    let said = parsed(log, &["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(said.out.as_bytes());
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.filter(|row| &row[3] == kind)
        .map(|row| (row[4].to_owned(), row[6].parse().expect("nanoseconds")))
        .collect()
}

fn assert_spans(log: &str, expected: &[(&str, u64)]) {
    let expected: Vec<(String, u64)> = expected
        .iter()
        .map(|(name, ns)| ((*name).to_owned(), *ns))
        .collect();
    assert_eq!(rows(log, "span"), expected, "{log}");
}

#[test]
fn closed_spans_of_the_default_text_format() {
    assert_spans(
        "fmt-close-full.log",
        &[
            ("commit", 5_380_000),
            ("round", 2_000_000),
            ("prove", 2_440_000_000),
        ],
    );
}

#[test]
fn trees_behind_the_prefix_of_journald() {
    assert_spans(
        "journald-forest.log",
        &[
            ("set_up", 1_720_000),
            ("prove", 117_000_000),
            ("open", 116_000_000),
        ],
    );
}

#[test]
fn json_behind_the_prefix_of_docker_compose() {
    assert_spans(
        "compose-json.log",
        &[("run-cycle", 601_000_000), ("run-chunk", 1_020_000_000)],
    );
}

#[test]
fn trees_with_call_counts_give_the_sum_over_the_calls() {
    assert_spans(
        "tree-with-calls.log",
        &[
            ("prove", 7_010_000_000),
            ("commit", 259_120_000),
            ("open", 679_420_000),
            ("verify", 815_760_000),
            ("check", 26_880_000),
            ("read", 724_270_000),
        ],
    );
}

#[test]
fn metrics_give_sums_and_maxima_per_group_and_part() {
    let said = parsed("openvm-metrics.json", &[]);
    let cells = |name: &str| -> Vec<String> {
        let row = said
            .out
            .lines()
            .find(|line| line.split_whitespace().next() == Some(name))
            .unwrap_or_else(|| panic!("no row {name}: {said:?}"));
        row.split_whitespace().skip(1).map(str::to_owned).collect()
    };
    // Sum, its unit, mean, maximum, minimum, how many.
    for (name, expected) in [
        (
            "stark_prove_excluding_trace{group=app_proof}",
            ["180.00", "ms", "90.00", "92.00", "88.00", "2"],
        ),
        (
            "stark_prove_excluding_trace{group=app_proof,segment=1}",
            ["92.00", "ms", "92.00", "92.00", "92.00", "1"],
        ),
        (
            "stark_prove_excluding_trace{group=leaf}",
            ["131.00", "ms", "131.00", "131.00", "131.00", "1"],
        ),
        (
            "total_proof{group=app_proof}",
            ["310.00", "ms", "310.00", "310.00", "310.00", "1"],
        ),
    ] {
        assert_eq!(cells(name), expected, "{name}");
    }
    assert_eq!(
        rows("openvm-metrics.json", "counter"),
        [("main_cells_used{group=app_proof}".to_owned(), 12345)]
    );
}

#[test]
fn labels_select_in_metrics() {
    let select = |span: &str| {
        let said = parsed("openvm-metrics.json", &["--span", span, "--format", "csv"]);
        let row = said
            .out
            .lines()
            .find(|line| line.contains(",span,"))
            .expect("a row")
            .to_owned();
        row
    };
    for (span, ns) in [
        ("stark_prove_excluding_trace", 311_000_000),
        ("stark_prove_excluding_trace{group=app_proof}", 180_000_000),
        ("stark_prove_excluding_trace{segment=0}", 88_000_000),
    ] {
        let row = select(span);
        assert!(row.contains(&format!(",ns,{ns},")), "{span}: {row}");
    }
}

#[test]
fn metrics_are_compared_like_captures() {
    let workspace = Workspace::new();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/forms/openvm-metrics.json");
    let path = path.to_str().expect("a path of text");
    let said = workspace.must(&["compare", path, path, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(
        json[0]["spans"][0]["name"],
        "stark_prove_excluding_trace{group=app_proof}"
    );
    assert_eq!(json[0]["spans"][0]["ratio"], 1.0);
}

#[test]
fn metrics_that_are_cut_are_an_error_with_the_place() {
    let workspace = Workspace::new();
    workspace.write(
        "metrics.json",
        "{\"counter\":[],\n\"gauge\":[{\"labels\":[],",
    );
    let said = workspace.kpi(&["parse", "metrics.json"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("metrics.json: the file of metrics is cut or damaged: EOF")
            && said.err.contains("line 2"),
        "{said:?}"
    );
}

#[test]
fn a_single_call_is_not_read_out_of_a_sum_over_calls() {
    let workspace = Workspace::new();
    workspace.write(
        "kpi.toml",
        "schema = 1\n[[bench]]\nname = \"b\"\ncommand = \"x\"\nspans = [{ name = \"commit\", combine = \"max\" }]\n",
    );
    workspace.write(
        "x.log",
        "prove [ 7.01s | 100.00% ]\n├── commit [ 259.12ms | 3.70% ] (10704 calls)\n",
    );
    let said = workspace.kpi(&["parse", "x.log", "--bench", "b"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("line 2: of span `commit` only the sum over its calls is known"),
        "{said:?}"
    );
}

#[test]
fn where_nothing_is_recognised_the_nearest_line_is_shown() {
    let workspace = Workspace::new();
    workspace.write(
        "x.log",
        "starting\n2026-11-25T15:50:00Z  INFO prove: keccakf: start\nelapsed 12.5ms\n",
    );
    let said = workspace.kpi(&["parse", "x.log"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("no span in 1 measured run; line 2 comes nearest, to a closed span of `tracing_subscriber::fmt()`: `2026-11-25T15:50:00Z  INFO prove: keccakf: start`; it lacks an event `close`"),
        "{said:?}"
    );
}

#[test]
fn where_no_wanted_span_is_there_the_others_are_named() {
    let workspace = Workspace::new();
    workspace.write("x.log", "INFO     prove [ 1.00ms | 100.00% ]\n");
    let said = workspace.kpi(&["parse", "x.log", "--span", "commit"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err
            .contains("lacks the required span `commit` (there are `prove`)"),
        "{said:?}"
    );
}
