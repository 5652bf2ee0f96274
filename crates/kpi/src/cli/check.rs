//! `kpi check`: the gates.

use super::arguments::Check;
use super::capture::has_one_bench_to_exec;
use super::resolve::{capture_named, scratch_dir, ContractSource};
use super::Console;
use openvm_kpi::capture::{capture, CapturePlan, Stamp};
use openvm_kpi::contract::{Benchmark, Contract, Gate};
use openvm_kpi::gate::{judge, overall, JudgeOptions, Outcome};
use openvm_kpi::process::StopFlag;
use openvm_kpi::record::Capture;
use openvm_kpi::report::terminal;
use openvm_kpi::{warning, Error};

pub fn run(
    what: &Check,
    contract: &ContractSource,
    console: &Console,
    stop: &StopFlag,
) -> Result<u8, Error> {
    let contract = contract.contract()?;
    let gated = gated(what, &contract)?;
    let benches: Vec<&Benchmark> = gated.iter().map(|(bench, _)| *bench).collect();
    has_one_bench_to_exec(what.exec.as_deref(), &benches)?;
    let options = JudgeOptions {
        allow_other_machine: what.allow_other_machine,
        counters_only: what.counters_only,
    };
    let mut worst = Outcome::Held;
    for (bench, gate) in gated {
        let base = baseline(&gate, bench, &contract)?;
        let new = match &what.new {
            Some(name) => capture_named(name, &bench.name, &contract)?,
            None => run_now(what, bench, &contract, console, stop)?,
        };
        for text in warning::of_capture(&new) {
            console.warning(&text);
        }
        let findings = judge(&gate, base.as_ref(), &new, options);
        let outcome = overall(&findings);
        console.result(&terminal::findings(
            &format!("{}: {}", bench.name, outcome.in_words()),
            &findings,
            console.is_coloured(),
        ))?;
        worst = worst.max(outcome);
    }
    Ok(worst.exit_code())
}

/// The benchmarks to judge, each with its gate.
fn gated<'a>(what: &Check, contract: &'a Contract) -> Result<Vec<(&'a Benchmark, Gate)>, Error> {
    let mut gated = Vec::new();
    for bench in contract.select(&what.benches)? {
        match &bench.gate {
            Some(gate) => gated.push((
                bench,
                Gate {
                    baseline: what.baseline.as_ref().unwrap_or(&gate.baseline).clone(),
                    ..gate.clone()
                },
            )),
            None if what.benches.is_empty() => {}
            None => {
                return Err(Error::NoGate {
                    bench: bench.name.clone(),
                })
            }
        }
    }
    if gated.is_empty() {
        return Err(Error::NothingGated {
            path: contract.path.clone(),
        });
    }
    Ok(gated)
}

/// The baseline, or `None` if there is none: then the hard limits can still be judged.
fn baseline(gate: &Gate, bench: &Benchmark, contract: &Contract) -> Result<Option<Capture>, Error> {
    match capture_named(&gate.baseline, &bench.name, contract) {
        Ok(capture) => Ok(Some(capture)),
        Err(Error::NoBaseline { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn run_now(
    what: &Check,
    bench: &Benchmark,
    contract: &Contract,
    console: &Console,
    stop: &StopFlag,
) -> Result<Capture, Error> {
    let out_dir = match &what.out_dir {
        Some(dir) => dir.clone(),
        None => scratch_dir(Some(contract)),
    };
    let plan = CapturePlan {
        bench,
        command: what.exec.as_deref().unwrap_or(&bench.command),
        dir: contract.root(),
        warmup_runs: what.effort.warmup.unwrap_or(bench.warmup_runs),
        runs: what.effort.runs.unwrap_or(bench.runs),
        is_open_ended: false,
        timeout: what.effort.timeout_or(bench.timeout),
        label: "check",
        stamp: Stamp::now(),
        out_dir: &out_dir,
        force: true,
        stop,
    };
    let mut progress = console.progress();
    Ok(capture(&plan, &mut progress)?.capture)
}
