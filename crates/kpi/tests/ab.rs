//! `kpi ab` through the binary: pairs in random order, and when they end.
#![cfg(unix)]

mod support;

use support::{Said, Script, Workspace, SCRIPT};

/// A program that takes notes of its turns in `turns.txt`.
fn side(name: &str, prove_ms: u32) -> String {
    format!(
        "echo {name} >> turns.txt\n{}",
        Script { prove_ms, ..SCRIPT }.text()
    )
}

fn workspace(base_ms: u32, new_ms: u32) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("a.sh", side("a", base_ms));
    workspace.write("b.sh", side("b", new_ms));
    workspace
}

fn ab(workspace: &Workspace, arguments: &[&str]) -> Said {
    let mut all = vec!["ab", "-a", "sh a.sh", "-b", "sh b.sh", "--bench", "quick"];
    all.extend(arguments);
    workspace.must(&all)
}

fn row<'a>(said: &'a Said, span: &str) -> &'a str {
    said.out
        .lines()
        .find(|line| line.trim_start().starts_with(span))
        .unwrap_or_else(|| panic!("no row {span}: {said:?}"))
}

#[test]
fn pairs_are_in_the_seeds_order_and_the_difference_is_found() {
    let first = workspace(100, 120);
    let said = ab(&first, &["--runs", "12", "--seed", "7"]);
    let turns = first.read("turns.txt");
    let pairs: Vec<&str> = turns
        .as_bytes()
        .chunks(4)
        .map(|pair| std::str::from_utf8(pair).unwrap())
        .collect();
    // One is the warm-up.
    assert_eq!(pairs.len(), 13);
    assert!(
        pairs.iter().all(|pair| ["a\nb\n", "b\na\n"].contains(pair)),
        "{pairs:?}"
    );
    assert!(
        pairs.contains(&"a\nb\n") && pairs.contains(&"b\na\n"),
        "{pairs:?}"
    );
    let again = workspace(100, 120);
    ab(&again, &["--runs", "12", "--seed", "7"]);
    assert_eq!(again.read("turns.txt"), turns);

    assert!(
        row(&said, "prove").contains("1.19") && row(&said, "prove").contains("regressed"),
        "{said:?}"
    );
    assert!(
        row(&said, "commit").contains("no change beyond 1 %"),
        "{said:?}"
    );
    assert!(
        said.out
            .contains("12 pairs of runs in random order (seed 7)"),
        "{said:?}"
    );
    assert!(
        said.out.contains("99 % sure: corrected for 4 rows (Holm)"),
        "{said:?}"
    );
    assert_eq!(
        first.files("target/kpi"),
        [
            "quick-DATE-base.json",
            "quick-DATE-base.log",
            "quick-DATE-new.json",
            "quick-DATE-new.log"
        ]
    );
}

#[test]
fn it_goes_on_until_decided_and_no_longer() {
    for (new_ms, verdict) in [
        (120, "regressed"),
        (80, "improved"),
        (100, "no change beyond 1 %"),
    ] {
        let workspace = workspace(100, new_ms);
        let said = ab(
            &workspace,
            &["--until-decided", "--span", "prove", "--seed", "1"],
        );
        assert!(row(&said, "prove").contains(verdict), "{said:?}");
        // The second look decides: ten pairs reach no less than p = 0.002, and each of the nine looks may
        // spend 0.001; durations differ by tenths of a per cent only.
        assert!(said.out.contains("15 pairs of runs"), "{said:?}");
        assert!(
            said.out
                .contains("corrected for 9 looks, of which this is number 2"),
            "{said:?}"
        );
        let log = workspace.dated("target/kpi", "quick-DATE-base.log");
        let parsed = workspace.must(&["parse", log.to_str().unwrap(), "--format", "csv"]);
        assert!(parsed.out.contains(",15\n"), "{parsed:?}");
    }
}

#[test]
fn it_ends_undecided_after_the_most_pairs() {
    let workspace = workspace(100, 100);
    let scattering = side("b", 100).replace("prove [ 100.", "prove [ $((n % 3 * 60 + 60)).");
    workspace.write("b.sh", scattering);
    let arguments = [
        "--until-decided",
        "--span",
        "prove",
        "--max-runs",
        "12",
        "--seed",
        "1",
    ];
    let said = ab(&workspace, &arguments);
    assert!(row(&said, "prove").contains("undecided"), "{said:?}");
    assert!(said.out.contains("12 pairs of runs"), "{said:?}");
    assert!(
        said.out
            .contains("corrected for 2 looks, of which this is number 2"),
        "{said:?}"
    );
}

#[test]
fn no_pair_begins_after_the_most_time() {
    let workspace = Workspace::new();
    let said = workspace.must(&[
        "ab",
        "-a",
        "sleep 0.6",
        "-b",
        "sleep 0.6",
        "--warmup",
        "0",
        "--runs",
        "50",
        "--max-time",
        "1",
    ]);
    assert!(said.out.contains("1 pair of runs"), "{said:?}");
    assert!(
        row(&said, "whole command").contains("too few runs"),
        "{said:?}"
    );
}

#[test]
fn pairs_of_a_busy_machine_are_marked_and_made_again_if_asked_for() {
    let throttled = |workspace: &Workspace| {
        let clock = "mhz=1980; [ $(wc -l < turns.txt) = 9 ] && mhz=495\n\
            echo \"INFO     ｉ [info]: gpu_clock | mhz: $mhz\"\n";
        for name in ["a", "b"] {
            workspace.write(&format!("{name}.sh"), format!("{}{clock}", side(name, 100)));
        }
    };
    let marked = workspace(100, 100);
    throttled(&marked);
    let said = ab(&marked, &["--runs", "10", "--seed", "3"]);
    assert!(said.out.contains("the machine was busy during"), "{said:?}");

    let repeated = workspace(100, 100);
    throttled(&repeated);
    let said = ab(
        &repeated,
        &["--runs", "10", "--seed", "3", "--discard-busy"],
    );
    assert!(
        said.out.contains("more discarded, the machine was busy"),
        "{said:?}"
    );
    for side in ["base", "new"] {
        let log = repeated.dated("target/kpi", &format!("quick-DATE-{side}.log"));
        assert!(std::fs::read_to_string(&log)
            .unwrap()
            .contains("===== discarded ====="));
        let parsed = repeated.must(&["parse", log.to_str().unwrap(), "--format", "csv"]);
        assert!(
            parsed.out.contains(",span,prove,ns,") && parsed.out.contains(",10\n"),
            "{parsed:?}"
        );
        let json = std::fs::read_to_string(
            repeated.dated("target/kpi", &format!("quick-DATE-{side}.json")),
        )
        .unwrap();
        assert!(!json.contains("495.0"), "{json}");
    }
}

#[test]
fn programs_without_spans_are_compared_by_the_whole_commands() {
    let workspace = Workspace::new();
    let said = workspace.must(&["ab", "-a", "sleep 0.05", "-b", "sleep 0.2", "--warmup", "0"]);
    assert!(
        row(&said, "whole command").contains("regressed"),
        "{said:?}"
    );
}

#[test]
fn processor_time_is_that_of_the_command_and_what_it_starts() {
    let workspace = Workspace::new();
    let spin = |n: u32| format!("sh -c 'i=0; while [ $i -lt {n} ]; do i=$((i + 1)); done'");
    let said = workspace.must(&[
        "ab",
        "-a",
        &spin(20_000),
        "-b",
        &spin(200_000),
        "--warmup",
        "0",
        "--span",
        "processor time",
    ]);
    assert!(
        row(&said, "processor time").contains("regressed"),
        "{said:?}"
    );
}

#[test]
fn both_logs_are_kept_if_one_side_fails() {
    let workspace = Workspace::new();
    let said = workspace.kpi(&["ab", "-a", "sh bench.sh", "-b", "exit 5"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.err.contains("`exit 5` ended with exit status: 5"),
        "{said:?}"
    );
    assert_eq!(
        workspace.files("target/kpi"),
        ["ab-DATE-base.failed.log", "ab-DATE-new.failed.log"]
    );
}

#[test]
fn both_sides_can_be_exported_as_hyperfine_does() {
    let workspace = workspace(100, 120);
    ab(
        &workspace,
        &["--runs", "10", "--export-hyperfine", "runs.json"],
    );
    let exported: serde_json::Value = serde_json::from_str(&workspace.read("runs.json")).unwrap();
    let results = exported["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["command"], "sh a.sh");
    assert_eq!(results[1]["times"].as_array().unwrap().len(), 10);
    // What was written is read.
    workspace.must(&["import", "runs.json", "--label", "before"]);
    workspace.must(&["compare", "before", "before", "--bench", "sh-a.sh"]);
}
