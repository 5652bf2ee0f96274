//! What may be wrong with a capture although it succeeded: the evidence, and what to do next.

use crate::history::drifts;
use crate::machine::{cpu_clock, gpu_clock};
use crate::record::{is_same_machine, Capture, Run};
use crate::stats::{modified_z_scores, Summary, OUTLIER_Z};

/// A first run is called slow if it takes this much longer than the longest of the others.
const SLOW_FIRST_RUN: f64 = 1.1;

/// What may be wrong with one capture.
pub fn of_capture(capture: &Capture) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(slow_first_run(capture));
    warnings.extend(outliers(capture));
    warnings.extend(host_fallback(capture));
    warnings.extend(counters_that_vary(capture));
    warnings.extend(busy_machine(capture));
    warnings.extend(clock_that_varies("processor", capture, cpu_clock));
    warnings.extend(clock_that_varies("GPU", capture, gpu_clock));
    warnings
}

/// Which spans have crept up over the captures before, though no step may have failed.
pub fn of_history(new: &Capture, before: &[&Capture]) -> Vec<String> {
    let drifts = drifts(new, before).into_iter();
    drifts
        .map(|drift| {
            format!(
                "{}: `{}` has crept up by {:.1} % over {} captures (p = {:.4}), though no single step need have failed: compare the oldest with the newest",
                new.bench,
                drift.span,
                100.0 * drift.rise,
                drift.captures,
                drift.p_value
            )
        })
        .collect()
}

/// What may be wrong with comparing two captures.
pub fn of_pair(base: &Capture, new: &Capture) -> Option<String> {
    let difference = is_same_machine(base, new).err()?;
    Some(format!(
        "{}: {difference}: times tell about the machines as well; counters compare everywhere",
        new.bench
    ))
}

fn slow_first_run(capture: &Capture) -> Option<String> {
    let top = capture.spans.first()?;
    let durations = capture.durations_ns(&top.name);
    let (first, others) = durations.split_first()?;
    let slowest = Summary::of(others)?.max;
    (*first > SLOW_FIRST_RUN * slowest).then(|| {
        format!(
            "{}: the first measured run took {} {unit}, the others at most {} {unit}: something is still warming up, try --warmup {}",
            capture.bench,
            top.unit.format(*first),
            top.unit.format(slowest),
            capture.warmup_runs + 1,
            unit = top.unit.symbol()
        )
    })
}

fn outliers(capture: &Capture) -> Option<String> {
    let top = capture.spans.first()?;
    let durations = capture.durations_ns(&top.name);
    let scores = modified_z_scores(&durations);
    let disturbed: Vec<String> = scores
        .iter()
        .zip(&durations)
        .enumerate()
        .filter(|(_, (score, _))| score.abs() > OUTLIER_Z)
        .map(|(run, (_, ns))| {
            format!(
                "run {} ({} {})",
                run + 1,
                top.unit.format(*ns),
                top.unit.symbol()
            )
        })
        .collect();
    (!disturbed.is_empty()).then(|| {
        format!(
            "{}: `{}` is far from the other runs in {}: was the machine busy? Capture again on a quiet one, or with more --runs",
            capture.bench,
            top.name,
            disturbed.join(", ")
        )
    })
}

fn host_fallback(capture: &Capture) -> Option<String> {
    let most = capture.counter("host_fallback").into_iter().max()?;
    (most > 0).then(|| {
        format!(
            "{}: `host_fallback` is {most}: a part of the work was done on the host, so these are not the GPU's times; look for `host_fallback` in the log to see which stage",
            capture.bench
        )
    })
}

fn counters_that_vary(capture: &Capture) -> Option<String> {
    let varying: Vec<String> = capture
        .counter_names()
        .into_iter()
        .filter_map(|name| {
            let values = capture.counter(&name);
            let (min, max) = (values.iter().min()?, values.iter().max()?);
            (min != max).then(|| format!("`{name}` ({min} to {max})"))
        })
        .collect();
    (!varying.is_empty()).then(|| {
        format!(
            "{}: counters should be the same in every run, but {} vary: find out why before gating them",
            capture.bench,
            varying.join(", ")
        )
    })
}

/// More load than processors is never the benchmark's own doing alone.
fn busy_machine(capture: &Capture) -> Option<String> {
    let threads = capture.environment.cpu_threads?;
    let loads = capture.runs.iter().filter_map(|run| run.load_average_1m);
    let load = loads.fold(0.0, f64::max);
    (load > threads as f64).then(|| {
        format!(
            "{}: the load average was up to {load:.1} on {threads} threads: something else is running, so times may be too long",
            capture.bench
        )
    })
}

/// A clock may differ by this much between the ends of two runs: 10 %.
const CLOCK_TOLERANCE: f64 = 1.1;

/// A device that clocks down between runs is easily mistaken for a slow program.
fn clock_that_varies(
    what: &str,
    capture: &Capture,
    clock: fn(&Run) -> Option<f64>,
) -> Option<String> {
    let clocks: Vec<f64> = capture.runs.iter().filter_map(clock).collect();
    let summary = Summary::of(&clocks)?;
    (summary.max > CLOCK_TOLERANCE * summary.min).then(|| {
        format!(
            "{}: the {what}'s clock was {:.0} to {:.0} MHz at the runs' ends: times may tell of the clock; fix it, let it cool, or pass --discard-busy to `kpi ab`",
            capture.bench, summary.min, summary.max
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_differs_by_more_than_a_tenth_is_warned_of() {
        let capture = |clocks: [f64; 3]| Capture {
            schema: crate::record::SCHEMA,
            bench: "b".to_owned(),
            title: String::new(),
            label: String::new(),
            captured_at: String::new(),
            command: String::new(),
            warmup_runs: 0,
            environment: Default::default(),
            spans: Vec::new(),
            runs: clocks
                .map(|mhz| Run {
                    reported_gpu_mhz: Some(mhz),
                    ..Run::default()
                })
                .into(),
        };
        assert_eq!(of_capture(&capture([1980.0, 1900.0, 1810.0])), [""; 0]);
        let warnings = of_capture(&capture([1980.0, 495.0, 1980.0]));
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0].contains("the GPU's clock was 495 to 1980 MHz"),
            "{warnings:?}"
        );
    }
}
