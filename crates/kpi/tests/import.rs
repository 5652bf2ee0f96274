//! `kpi import` through the binary.

mod support;

use support::Workspace;

const HYPERFINE: &str = r#"{"results":[
    {"command":"./prove","mean":0.2,"times":[0.1,0.3,0.2],"exit_codes":[0,0,0]},
    {"command":"./prove","mean":0.4,"times":[0.4],"exit_codes":[0]}]}"#;

/// A directory of criterion's with one result, new and old.
fn with_criterion() -> Workspace {
    let workspace = Workspace::new();
    for age in ["new", "base"] {
        let dir = format!("target/criterion/hash/poseidon2/{age}");
        workspace.write(
            &format!("{dir}/benchmark.json"),
            r#"{"full_id":"hash/poseidon2"}"#,
        );
        workspace.write(
            &format!("{dir}/sample.json"),
            r#"{"iters":[10.0,20.0],"times":[1000.0,2200.0]}"#,
        );
    }
    workspace
}

#[test]
fn results_of_hyperfine_are_captures_under_names_of_their_own() {
    let workspace = Workspace::new();
    workspace.write("bench.json", HYPERFINE);
    workspace.must(&["import", "bench.json", "--label", "before"]);
    assert_eq!(
        workspace.files("baselines"),
        ["prove-2-DATE-before.json", "prove-DATE-before.json"]
    );
    let said = workspace.must(&["report", "prove", "--label", "before", "--format", "csv"]);
    assert!(
        said.out.contains("prove,before,") && said.out.contains(",whole command,ns,200000000,"),
        "{said:?}"
    );
}

#[test]
fn the_newest_results_of_criterion_are_captures() {
    let workspace = with_criterion();
    workspace.must(&[
        "import",
        "target/criterion",
        "--bench",
        "hash",
        "--label",
        "before",
    ]);
    assert_eq!(workspace.files("baselines"), ["hash-DATE-before.json"]);
    let said = workspace.must(&["report", "hash", "--format", "csv"]);
    assert!(said.out.contains(",iteration,ns,105,100,110,"), "{said:?}");
}

#[test]
fn nothing_is_replaced_unless_forced() {
    let workspace = with_criterion();
    workspace.must(&["import", "target/criterion"]);
    let said = workspace.kpi(&["import", "target/criterion"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("exists: pass --force"), "{said:?}");
    workspace.must(&["import", "target/criterion", "--force"]);
}

#[test]
fn what_cannot_be_imported_is_named_with_the_reason() {
    let workspace = Workspace::new();
    workspace.write("bench.json", HYPERFINE);
    workspace.write("other.json", "{\"answer\":42}");
    workspace.write("empty/x.txt", "");
    for (arguments, reason) in [
        (
            vec!["import", "other.json"],
            "other.json is no capture: missing field `results`",
        ),
        (vec!["import", "nowhere.json"], "cannot read nowhere.json"),
        (
            vec!["import", "empty"],
            "there is no new/sample.json of criterion's in it",
        ),
        (
            vec!["import", "bench.json", "--bench", "x"],
            "--bench names one result, and there are `./prove`, `./prove`",
        ),
    ] {
        let said = workspace.kpi(&arguments);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(reason), "{said:?}");
    }
}
