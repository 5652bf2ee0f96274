//! `kpi capture`: run benchmarks, keep logs and values.

use super::arguments::Capture;
use super::resolve::ContractSource;
use super::Console;
use openvm_kpi::capture::{capture, CapturePlan, Stamp};
use openvm_kpi::contract::{Benchmark, Contract};
use openvm_kpi::process::StopFlag;
use openvm_kpi::report::terminal;
use openvm_kpi::{warning, Error};
use std::path::Path;

pub fn run(
    what: &Capture,
    contract: &ContractSource,
    console: &Console,
    stop: &StopFlag,
) -> Result<u8, Error> {
    let contract = contract.contract()?;
    let benches = contract.select(&what.benches)?;
    has_one_bench_to_exec(what.exec.as_deref(), &benches)?;
    let out_dir = what.out_dir.as_deref().unwrap_or(&contract.baselines_dir);
    let stamp = Stamp::now();
    let plans: Vec<CapturePlan<'_>> = benches
        .into_iter()
        .map(|bench| plan(what, bench, &contract, out_dir, stamp, stop))
        .collect();
    // All of them before the first run: what cannot be kept need not be measured.
    for plan in &plans {
        let files = plan.files()?;
        if !what.force {
            files.are_free()?;
        }
    }
    for plan in &plans {
        let mut progress = console.progress();
        let found = capture(plan, &mut progress)?;
        drop(progress);
        for text in warning::of_capture(&found.capture) {
            console.warning(&text);
        }
        console.note(&format!("wrote {}", found.path.display()));
        console.result(&terminal::capture(&found.capture, console.is_coloured()))?;
    }
    Ok(0)
}

/// One command cannot stand for several benchmarks.
pub fn has_one_bench_to_exec(exec: Option<&str>, benches: &[&Benchmark]) -> Result<(), Error> {
    if exec.is_some() && benches.len() != 1 {
        return Err(Error::ExecNeedsOneBench {
            benches: benches.iter().map(|bench| bench.name.clone()).collect(),
        });
    }
    Ok(())
}

fn plan<'a>(
    what: &'a Capture,
    bench: &'a Benchmark,
    contract: &'a Contract,
    out_dir: &'a Path,
    stamp: Stamp,
    stop: &'a StopFlag,
) -> CapturePlan<'a> {
    CapturePlan {
        bench,
        command: what.exec.as_deref().unwrap_or(&bench.command),
        dir: contract.root(),
        warmup_runs: what.effort.warmup.unwrap_or(bench.warmup_runs),
        runs: what.effort.runs.unwrap_or(bench.runs),
        is_open_ended: false,
        timeout: what.effort.timeout_or(bench.timeout),
        label: &what.label,
        stamp,
        out_dir,
        force: what.force,
        stop,
    }
}
