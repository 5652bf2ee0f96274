//! hyperfine's `--export-json`: seconds, one result a command.

use crate::compare::WALL_CLOCK;
use crate::error::Error;
use crate::record::Capture;
use crate::stats::Summary;
use serde::{Deserialize, Serialize};

const NS_PER_S: f64 = 1e9;

#[derive(Serialize, Deserialize)]
struct Export {
    results: Vec<Outcome>,
}

/// One command's result. What is derived from `times` is written and not read.
#[derive(Serialize, Deserialize)]
struct Outcome {
    command: String,
    #[serde(skip_deserializing)]
    mean: f64,
    #[serde(skip_deserializing)]
    stddev: Option<f64>,
    #[serde(skip_deserializing)]
    median: f64,
    /// hyperfine always has both; a capture has their sum only.
    #[serde(skip_deserializing)]
    user: f64,
    #[serde(skip_deserializing)]
    system: f64,
    #[serde(skip_deserializing)]
    min: f64,
    #[serde(skip_deserializing)]
    max: f64,
    #[serde(default)]
    times: Vec<f64>,
    #[serde(default)]
    exit_codes: Vec<Option<i32>>,
}

/// Captures in hyperfine's form: how long the whole commands took, or where only a log is known, the
/// first span. `user` is all processor time, `system` 0.
pub fn export<'a>(captures: impl IntoIterator<Item = &'a Capture>) -> Result<String, Error> {
    let results = captures.into_iter().filter_map(outcome).collect();
    let mut text =
        serde_json::to_string_pretty(&Export { results }).map_err(|error| Error::Format {
            format: "hyperfine's JSON",
            reason: error.to_string(),
        })?;
    text.push('\n');
    Ok(text)
}

fn outcome(capture: &Capture) -> Option<Outcome> {
    let walls = capture.walls_ns();
    let durations_ns = if walls.is_empty() {
        capture.durations_ns(&capture.spans.first()?.name)
    } else {
        walls
    };
    let times: Vec<f64> = durations_ns.iter().map(|ns| ns / NS_PER_S).collect();
    let summary = Summary::of(&times)?;
    let n = times.len() as f64;
    let mean = times.iter().sum::<f64>() / n;
    let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
    let cpu = capture.cpu_times_ns();
    Some(Outcome {
        command: if capture.command.is_empty() {
            capture.bench.clone()
        } else {
            capture.command.clone()
        },
        mean,
        stddev: (times.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
        median: summary.median,
        user: cpu.iter().sum::<f64>() / n / NS_PER_S,
        system: 0.0,
        min: summary.min,
        max: summary.max,
        exit_codes: vec![Some(0); times.len()],
        times,
    })
}

/// Reads such a file: a capture a command, whose one row is the whole command. The error is the reason
/// alone.
pub fn import(text: &str) -> Result<Vec<Capture>, String> {
    let export: Export = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let captures: Vec<Capture> = export
        .results
        .into_iter()
        .map(capture)
        .collect::<Result<_, _>>()?;
    if captures.is_empty() {
        return Err("it has no results".to_owned());
    }
    Ok(captures)
}

fn capture(outcome: Outcome) -> Result<Capture, String> {
    let command = outcome.command;
    // A command that failed may have left early.
    if outcome.exit_codes.iter().any(|code| *code != Some(0)) {
        return Err(format!("a run of `{command}` failed"));
    }
    if outcome.times.is_empty() {
        return Err(format!("`{command}` has no `times`, which are the runs"));
    }
    let durations_ns = outcome.times.iter().map(|seconds| seconds * NS_PER_S);
    let capture = super::capture(&command, WALL_CLOCK, durations_ns)?;
    Ok(Capture { command, ..capture })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"results":[{"command":"./prove --fast","mean":0.2,"stddev":0.1,"median":0.2,
        "user":0.1,"system":0.0,"min":0.1,"max":0.3,"times":[0.1,0.3,0.2],"exit_codes":[0,0,0]}]}"#;

    #[test]
    fn runs_become_a_capture_and_come_out_again() {
        let captures = import(FILE).expect("it is hyperfine's");
        assert_eq!(captures[0].bench, "prove-fast");
        assert_eq!(captures[0].command, "./prove --fast");
        let durations = captures[0].durations_ns(WALL_CLOCK);
        assert_eq!(durations, [100_000_000.0, 300_000_000.0, 200_000_000.0]);

        let exported = export(&captures).expect("it can be exported");
        let value: serde_json::Value = serde_json::from_str(&exported).expect("JSON");
        let result = &value["results"][0];
        assert_eq!(result["times"], serde_json::json!([0.1, 0.3, 0.2]));
        assert_eq!(result["median"], 0.2);
        assert_eq!(import(&exported).expect("it is hyperfine's"), captures);
    }

    #[test]
    fn what_is_no_measurement_is_refused_with_the_reason() {
        for (faulty, reason) in [
            (
                FILE.replace("[0,0,0]", "[0,1,0]"),
                "a run of `./prove --fast` failed",
            ),
            (FILE.replace("[0.1,0.3,0.2]", "[]"), "has no `times`"),
            (
                FILE.replace("0.3,0.2]", "-0.3,0.2]"),
                "a duration of -300000000 ns",
            ),
            ("{\"results\":[]}".to_owned(), "it has no results"),
            ("{}".to_owned(), "missing field `results`"),
        ] {
            let error = import(&faulty).expect_err("it is faulty");
            assert!(error.contains(reason), "{error}");
        }
    }
}
