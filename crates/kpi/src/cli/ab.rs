//! `kpi ab`: two commands in turn.

use super::arguments::Ab;
use super::compare::formatted;
use super::resolve::{current_dir, scratch_dir, ContractSource};
use super::Console;
use openvm_kpi::capture::{capture_interleaved, CapturePlan, Stamp};
use openvm_kpi::compare::compare;
use openvm_kpi::contract::Benchmark;
use openvm_kpi::process::StopFlag;
use openvm_kpi::{warning, Error};
use std::time::Duration;

pub fn run(
    what: &Ab,
    contract: &ContractSource,
    console: &Console,
    stop: &StopFlag,
) -> Result<u8, Error> {
    let contract = match what.bench {
        Some(_) => Some(contract.contract()?),
        None => contract.contract_if_any()?,
    };
    let bench = match (&what.bench, &contract) {
        (Some(name), Some(contract)) => contract.bench(name)?.clone(),
        _ => every_span(),
    };
    let dir = current_dir()?;
    let out_dir = match &what.out_dir {
        Some(dir) => dir.clone(),
        None => scratch_dir(contract.as_ref()),
    };
    let base = CapturePlan {
        bench: &bench,
        command: &what.base,
        dir: &dir,
        warmup_runs: what.effort.warmup.unwrap_or(bench.warmup_runs),
        runs: what.effort.runs.unwrap_or(bench.runs),
        timeout: what.effort.timeout_or(bench.timeout),
        label: "base",
        stamp: Stamp::now(),
        out_dir: &out_dir,
        force: true,
        stop,
    };
    let new = CapturePlan {
        command: &what.new,
        label: "new",
        ..base
    };
    let mut progress = console.progress();
    let (base, new) = capture_interleaved(&base, &new, &mut progress)?;
    drop(progress);
    for (side, found) in [("base", &base), ("new", &new)] {
        for text in warning::of_capture(&found.capture) {
            console.warning(&format!("{side}: {text}"));
        }
    }
    let comparison = compare(&base.capture, &new.capture, what.certainty.options());
    console.result(&formatted(&[comparison], what.format, console)?)?;
    Ok(0)
}

/// What is measured if no benchmark says otherwise.
fn every_span() -> Benchmark {
    Benchmark {
        name: "ab".to_owned(),
        title: "ab".to_owned(),
        command: String::new(),
        warmup_runs: 1,
        runs: 5,
        timeout: Duration::from_secs(1800),
        spans: Vec::new(),
        counters: Vec::new(),
        gate: None,
    }
}
