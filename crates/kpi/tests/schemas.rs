//! What is printed as JSON is what `schema/` says.
#![cfg(unix)]

mod support;

use support::Workspace;

const REPORT: &str = include_str!("../schema/report.schema.json");
const COMPARISON: &str = include_str!("../schema/comparison.schema.json");

fn assert_valid(schema: &str, printed: &str) {
    let schema: serde_json::Value = serde_json::from_str(schema).expect("a schema");
    let printed: serde_json::Value = serde_json::from_str(printed).expect("JSON");
    assert!(
        printed
            .as_array()
            .is_some_and(|entries| !entries.is_empty()),
        "nothing to validate"
    );
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(&printed)
        .map(|fault| format!("{}: {fault}", fault.instance_path))
        .collect();
    assert_eq!(faults, [""; 0], "{printed}");
}

#[test]
fn reports_are_as_their_schema_says() {
    let workspace = Workspace::new();
    workspace.must(&["capture", "-q", "--label", "before"]);
    let report = workspace.must(&["report", "-q", "--format", "json"]).out;
    assert_valid(REPORT, &report);
    workspace.write("x.log", "INFO     prove [ 1.00ms | 100.00% ]\n");
    let parsed = workspace.must(&["parse", "x.log", "--format", "json"]).out;
    assert_valid(REPORT, &parsed);
}

#[test]
fn comparisons_are_as_their_schema_says() {
    let workspace = Workspace::new();
    workspace.must(&["capture", "-q", "--label", "before"]);
    workspace.must(&["capture", "-q", "--label", "after"]);
    let compared = workspace
        .must(&["compare", "before", "after", "--format", "json"])
        .out;
    assert_valid(COMPARISON, &compared);
    let paired = workspace.must(&[
        "ab",
        "-q",
        "-a",
        "sh bench.sh",
        "-b",
        "sh bench.sh",
        "--runs",
        "2",
        "--format",
        "json",
    ]);
    assert_valid(COMPARISON, &paired.out);
    let captures =
        ["base", "new"].map(|side| workspace.dated("target/kpi", &format!("ab-DATE-{side}.json")));
    let again = workspace.must(&[
        "compare",
        captures[0].to_str().unwrap(),
        captures[1].to_str().unwrap(),
        "--paired",
        "--format",
        "json",
    ]);
    assert_valid(COMPARISON, &again.out);
}

#[test]
fn a_schema_refuses_what_it_does_not_know() {
    let schema: serde_json::Value = serde_json::from_str(REPORT).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(!validator.is_valid(&serde_json::json!([{ "bench": "x" }])));
}
