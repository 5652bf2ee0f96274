//! What may be wrong with a capture although it succeeded: the evidence, and what to do next.

use crate::gate::is_same_machine;
use crate::record::Capture;
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
    warnings
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
