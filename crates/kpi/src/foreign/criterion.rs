//! criterion's `new/sample.json`, with `benchmark.json` beside it, and cargo-criterion's messages.

use crate::record::Capture;
use serde::Deserialize;

/// Samples of several iterations each; both lists have one entry a sample.
#[derive(Deserialize)]
struct Samples {
    iters: Vec<f64>,
    /// In nanoseconds, of all iterations of a sample.
    times: Vec<f64>,
}

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

/// One of the lines of `cargo criterion --message-format json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    id: Option<String>,
    iteration_count: Option<Vec<f64>>,
    measured_values: Option<Vec<f64>>,
    unit: Option<String>,
}

/// The name of the row: what criterion times is one iteration.
const ITERATION: &str = "iteration";

/// Reads samples; `benchmark` is the text of the file beside them. A run is the mean of one sample's
/// iterations. The error is the reason alone.
pub fn import(samples: &str, benchmark: &str) -> Result<Capture, String> {
    let samples: Samples = serde_json::from_str(samples).map_err(|error| error.to_string())?;
    let benchmark: Benchmark =
        serde_json::from_str(benchmark).map_err(|error| format!("benchmark.json: {error}"))?;
    capture(&benchmark.full_id, &samples.iters, &samples.times)
}

/// Reads messages, one a line; those of other kinds are passed over.
pub fn import_messages(text: &str) -> Result<Vec<Capture>, String> {
    let mut captures = Vec::new();
    for (line, text) in (1..)
        .zip(text.lines())
        .filter(|(_, text)| !text.trim().is_empty())
    {
        let message: Message =
            serde_json::from_str(text).map_err(|error| format!("line {line}: {error}"))?;
        if message.reason != "benchmark-complete" {
            continue;
        }
        let (Some(id), Some(iterations), Some(values)) =
            (message.id, message.iteration_count, message.measured_values)
        else {
            return Err(format!("line {line}: a benchmark without its samples"));
        };
        if message.unit.as_deref() != Some("ns") {
            let unit = message.unit.unwrap_or_default();
            return Err(format!(
                "line {line}: `{id}` is measured in `{unit}`, not in ns"
            ));
        }
        captures.push(capture(&id, &iterations, &values).map_err(|e| format!("line {line}: {e}"))?);
    }
    if captures.is_empty() {
        return Err("it has no benchmarks".to_owned());
    }
    Ok(captures)
}

fn capture(id: &str, iterations: &[f64], times: &[f64]) -> Result<Capture, String> {
    if iterations.len() != times.len() || times.is_empty() {
        return Err(format!(
            "`{id}` has {} counts of iterations for {} times",
            iterations.len(),
            times.len()
        ));
    }
    let of_one = times.iter().zip(iterations).map(|(time, n)| time / n);
    super::capture(id, ITERATION, of_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BENCHMARK: &str =
        r#"{"group_id":"hash","function_id":"poseidon2","full_id":"hash/poseidon2"}"#;

    #[test]
    fn a_run_is_a_samples_mean_iteration() {
        let samples = r#"{"sampling_mode":"Linear","iters":[10.0,20.0],"times":[1000.0,2200.0]}"#;
        let capture = import(samples, BENCHMARK).expect("it is criterion's");
        assert_eq!(capture.bench, "hash-poseidon2");
        assert_eq!(capture.durations_ns(ITERATION), [100.0, 110.0]);
    }

    #[test]
    fn messages_are_read_one_a_line() {
        let text = concat!(
            r#"{"reason":"group-complete","group_name":"hash","benchmarks":["hash/a"]}"#,
            "\n",
            r#"{"reason":"benchmark-complete","id":"hash/a","iteration_count":[2,4],"measured_values":[10.0,24.0],"unit":"ns"}"#,
            "\n"
        );
        let captures = import_messages(text).expect("they are cargo-criterion's");
        assert_eq!(captures[0].durations_ns(ITERATION), [5.0, 6.0]);
        let other_unit = text.replace("\"ns\"", "\"cycles\"");
        let error = import_messages(&other_unit).expect_err("no durations");
        assert!(
            error.contains("line 2: `hash/a` is measured in `cycles`"),
            "{error}"
        );
    }

    #[test]
    fn faulty_samples_are_refused() {
        for samples in [
            r#"{"iters":[1.0],"times":[]}"#,
            r#"{"iters":[],"times":[]}"#,
            r#"{"iters":[0.0],"times":[1.0]}"#,
            r#"{"iters":[1.0]}"#,
        ] {
            assert!(import(samples, BENCHMARK).is_err(), "{samples}");
        }
    }
}
