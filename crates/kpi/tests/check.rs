//! `kpi check` through the binary: held, fallen short, could not judge.
#![cfg(unix)]

mod support;

use support::{Said, Script, Workspace, QUICK_CONTRACT, SCRIPT};

/// A workspace with a baseline of [`SCRIPT`], and the benchmark as `now`.
fn with_baseline(now: Script) -> Workspace {
    let workspace = Workspace::new();
    workspace.must(&["capture", "-q", "--label", "base"]);
    workspace.write("bench.sh", now.text());
    workspace
}

fn row<'a>(said: &'a Said, subject: &str) -> &'a str {
    said.out
        .lines()
        .find(|line| line.split_whitespace().next() == Some(subject))
        .unwrap_or_else(|| panic!("no row {subject}: {said:?}"))
}

#[test]
fn the_same_program_holds() {
    let said = with_baseline(SCRIPT).kpi(&["check"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.starts_with("quick: held\n"), "{said:?}");
}

#[test]
fn a_slow_down_beyond_the_allowed_falls_short_and_says_by_how_much() {
    let said = with_baseline(Script {
        prove_ms: 120,
        ..SCRIPT
    })
    .kpi(&["check"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let row = row(&said, "prove");
    assert!(row.contains("fell short"), "{row}");
    assert!(
        row.contains("100.40 -> 120.") && row.contains("allowed +10.0 %"),
        "{row}"
    );
}

#[test]
fn a_slow_down_within_the_allowed_holds() {
    let said = with_baseline(Script {
        prove_ms: 108,
        ..SCRIPT
    })
    .kpi(&["check"]);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_slow_down_below_the_least_effect_holds() {
    let workspace = with_baseline(Script {
        prove_ms: 120,
        ..SCRIPT
    });
    workspace.write(
        "kpi.toml",
        QUICK_CONTRACT.replace("min_effect_ms = 1.0", "min_effect_ms = 30.0"),
    );
    assert_eq!(workspace.kpi(&["check"]).code, Some(0));
}

#[test]
fn runs_that_scatter_too_much_cannot_be_judged() {
    let workspace = with_baseline(SCRIPT);
    let scattering = SCRIPT
        .text()
        .replace("prove [ 100.", "prove [ $((n % 3 * 60 + 60)).");
    workspace.write("bench.sh", scattering);
    let said = workspace.kpi(&["check"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        row(&said, "prove").contains("capture more runs"),
        "{said:?}"
    );
}

#[test]
fn a_counter_above_its_limit_falls_short() {
    let said = with_baseline(Script {
        peak_bytes: 6000,
        ..SCRIPT
    })
    .kpi(&["check"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        row(&said, "peak_bytes").contains("6000, 1000 above the limit of 5000"),
        "{said:?}"
    );
}

#[test]
fn a_counter_above_its_baseline_falls_short_and_below_holds() {
    let said = with_baseline(Script {
        peak_bytes: 4500,
        ..SCRIPT
    })
    .kpi(&["check"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        row(&said, "peak_bytes").contains("500 above the baseline's 4000"),
        "{said:?}"
    );
    let said = with_baseline(Script {
        peak_bytes: 3000,
        ..SCRIPT
    })
    .kpi(&["check"]);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_counter_that_must_be_equal_may_not_fall_either() {
    let said = with_baseline(Script {
        submissions: 2,
        ..SCRIPT
    })
    .kpi(&["check"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        row(&said, "submissions").contains("2, 1 below the baseline's 3"),
        "{said:?}"
    );
}

#[test]
fn a_host_fallback_falls_short() {
    let said = with_baseline(Script {
        fallbacks: 1,
        ..SCRIPT
    })
    .kpi(&["check"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        row(&said, "host_fallback").contains("1 above the limit of 0"),
        "{said:?}"
    );
}

#[test]
fn without_a_baseline_nothing_but_limits_can_be_judged() {
    let workspace = Workspace::new();
    let said = workspace.kpi(&["check"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.out
            .contains("make one with `kpi capture quick --label base`"),
        "{said:?}"
    );
    // A limit that is exceeded is exceeded, baseline or not.
    workspace.write(
        "bench.sh",
        Script {
            fallbacks: 1,
            ..SCRIPT
        }
        .text(),
    );
    assert_eq!(workspace.kpi(&["check"]).code, Some(1));
}

#[test]
fn too_few_runs_cannot_be_judged() {
    let said = with_baseline(SCRIPT).kpi(&["check", "--runs", "2"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        row(&said, "prove").contains("5 baseline and 2 new runs have it, 5 are needed"),
        "{said:?}"
    );
}

#[test]
fn runs_that_could_never_reach_the_confidence_cannot_be_judged() {
    let workspace = with_baseline(SCRIPT);
    let contract = QUICK_CONTRACT.replace(
        "baseline = \"base\"",
        "baseline = \"base\"\nmin_runs = 1\nconfidence = 0.999",
    );
    workspace.write("kpi.toml", contract);
    let said = workspace.kpi(&["check"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        row(&said, "prove").contains("cannot show any change with 99.9 % confidence"),
        "{said:?}"
    );
}

#[test]
fn times_of_another_gpu_are_refused_unless_asked_for_and_counters_are_not() {
    let workspace = with_baseline(Script {
        adapter: "Other GPU",
        ..SCRIPT
    });
    let said = workspace.kpi(&["check"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.out
            .contains("the baseline's GPU is Test GPU (vulkan), this one's Other GPU (vulkan)"),
        "{said:?}"
    );
    assert!(row(&said, "submissions").contains("held"), "{said:?}");
    assert_eq!(
        workspace.kpi(&["check", "--allow-other-machine"]).code,
        Some(0)
    );
    assert_eq!(workspace.kpi(&["check", "--counters-only"]).code, Some(0));
}

#[test]
fn a_capture_that_is_there_is_judged_without_running() {
    let workspace = with_baseline(Script {
        prove_ms: 120,
        ..SCRIPT
    });
    workspace.must(&["capture", "-q", "--label", "after"]);
    std::fs::remove_file(workspace.path("bench.sh")).unwrap();
    let said = workspace.kpi(&["check", "--new", "after"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    // The other way round it is faster.
    let said = workspace.kpi(&["check", "--baseline", "after", "--new", "base"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    // A file does as well as a label.
    let after = workspace.dated("baselines", "quick-DATE-after.json");
    let said = workspace.kpi(&["check", "--new", after.to_str().unwrap()]);
    assert_eq!(said.code, Some(1), "{said:?}");
}

#[test]
fn a_run_that_fails_is_no_verdict() {
    let workspace = with_baseline(SCRIPT);
    let said = workspace.kpi(&["check", "--exec", "exit 1"]);
    assert_eq!(said.code, Some(3), "{said:?}");
}

#[test]
fn a_benchmark_without_a_gate_cannot_be_checked() {
    let workspace = Workspace::new();
    workspace.write(
        "kpi.toml",
        QUICK_CONTRACT.split("[bench.gate]").next().unwrap(),
    );
    let said = workspace.kpi(&["check", "quick"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("`quick` has no [bench.gate]"), "{said:?}");
    assert_eq!(workspace.kpi(&["check"]).code, Some(2));
}

#[test]
fn a_damaged_baseline_is_named_and_judges_nothing() {
    let workspace = with_baseline(SCRIPT);
    let path = workspace.dated("baselines", "quick-DATE-base.json");
    let whole = std::fs::read_to_string(&path).unwrap();
    for (damaged, reason) in [
        (&whole[..whole.len() / 2], "is no capture: EOF"),
        ("", "is no capture: EOF"),
        (
            &whole.replace("\"schema\": 1", "\"schema\": 2"),
            "schema 2 is not known",
        ),
    ] {
        std::fs::write(&path, damaged).unwrap();
        let said = workspace.kpi(&["check"]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(reason), "{said:?}");
    }
}

/// A script that is slower in the runs from `first` to `last`, counted from 1 over all captures.
fn slow_in_runs(first: u32, last: u32) -> String {
    SCRIPT.text().replace(
        "prove [ 100.",
        &format!("prove [ $((100 + 20 * (n >= {first}) * (n <= {last})))."),
    )
}

#[test]
fn a_span_that_falls_short_once_is_measured_again_and_held() {
    let workspace = with_baseline(SCRIPT);
    // The baseline is runs 1 to 6, the check 7 to 12, and the second measurement what follows.
    workspace.write("bench.sh", slow_in_runs(7, 12));
    let said = workspace.kpi(&["check"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err
            .contains("a time fell short, so it is measured again"),
        "{said:?}"
    );
    let row = row(&said, "prove");
    assert!(
        row.contains("held") && row.contains("first fell short: 100.40 -> 120."),
        "{row}"
    );
    assert!(said.out.contains("again held: 100.40 -> 100."), "{said:?}");
    assert_eq!(workspace.read("runs.txt").lines().count(), 18);
    let kept = workspace.files("target/kpi");
    assert!(
        kept.contains(&"quick-DATE-check-again.json".to_owned()),
        "{kept:?}"
    );
}

#[test]
fn a_span_that_falls_short_twice_has_fallen_short_and_both_are_shown() {
    let workspace = with_baseline(SCRIPT);
    workspace.write("bench.sh", slow_in_runs(7, 99));
    let said = workspace.kpi(&["check"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        row(&said, "prove").contains("first fell short: 100.40 -> 120."),
        "{said:?}"
    );
    assert!(
        said.out.contains("again fell short: 100.40 -> 120."),
        "{said:?}"
    );
    assert_eq!(workspace.read("runs.txt").lines().count(), 18);
}

#[test]
fn what_holds_and_what_is_counted_is_measured_once() {
    let workspace = with_baseline(Script {
        peak_bytes: 6000,
        ..SCRIPT
    });
    assert_eq!(workspace.kpi(&["check"]).code, Some(1));
    assert_eq!(workspace.read("runs.txt").lines().count(), 12);
}

/// Captures whose first span takes these times.
fn with_history(prove_ms: &[u32]) -> Workspace {
    let workspace = Workspace::new();
    for (index, prove_ms) in prove_ms.iter().enumerate() {
        let script = Script {
            prove_ms: *prove_ms,
            ..SCRIPT
        };
        workspace.write("bench.sh", script.text());
        let label = if index == 0 {
            "base".to_owned()
        } else {
            format!("m{index}")
        };
        workspace.must(&["capture", "-q", "--label", &label]);
    }
    workspace
}

#[test]
fn a_median_beyond_the_fence_falls_short_though_the_baseline_allows_it() {
    let workspace = with_history(&[100; 6]);
    assert_eq!(workspace.kpi(&["check", "--history", "6"]).code, Some(0));
    let slower = Script {
        prove_ms: 104,
        ..SCRIPT
    };
    workspace.write("bench.sh", slower.text());
    assert_eq!(workspace.kpi(&["check"]).code, Some(0));
    let said = workspace.kpi(&["check", "--history", "6"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let fence = said
        .out
        .lines()
        .find(|line| line.contains("prove (history)"))
        .expect("a row");
    assert!(
        fence.contains("fell short") && fence.contains("of 6 captures (median 100."),
        "{said:?}"
    );
}

#[test]
fn too_short_a_history_cannot_be_judged() {
    let said = with_history(&[100; 3]).kpi(&["check", "--history", "20"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.out
            .contains("3 comparable captures have it, 5 are needed"),
        "{said:?}"
    );
}

#[test]
fn a_series_that_creeps_is_warned_of_though_every_step_holds() {
    let workspace = with_history(&[100, 101, 102, 103, 104, 105]);
    workspace.write(
        "bench.sh",
        Script {
            prove_ms: 106,
            ..SCRIPT
        }
        .text(),
    );
    let said = workspace.kpi(&["check", "--baseline", "m5", "--history", "6"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err
            .contains("`prove` has crept up by 5.8 % over 7 captures"),
        "{said:?}"
    );
    assert!(!said.err.contains("`commit` has crept"), "{said:?}");
}
