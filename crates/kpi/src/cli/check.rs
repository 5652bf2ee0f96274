//! `kpi check`: the gates.

use super::arguments::Check;
use super::capture::has_one_bench_to_exec;
use super::resolve::{capture_named, scratch_dir, ContractSource};
use super::Console;
use openvm_kpi::capture::{capture, CapturePlan, Stamp};
use openvm_kpi::contract::{Benchmark, Contract, Gate};
use openvm_kpi::gate::{
    judge, judge_history, needs_second_measurement, overall, with_second_measurement, JudgeOptions,
    Outcome,
};
use openvm_kpi::process::StopFlag;
use openvm_kpi::record::{Capture, Store};
use openvm_kpi::report::terminal;
use openvm_kpi::{history, warning, Error};

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
            None => run_now(what, bench, &contract, "check", console, stop)?,
        };
        let all = earlier_captures(what, &contract)?;
        let judged = |new: &Capture| {
            let mut findings = judge(&gate, base.as_ref(), new, options);
            if let Some(most) = what.history.filter(|_| !what.counters_only) {
                let before = history::before(new, &all, most as usize);
                findings.extend(judge_history(&gate, &before, new));
            }
            findings
        };
        say_what_may_be_wrong(what, &new, &all, console);
        let mut findings = judged(&new);
        if what.new.is_none() && needs_second_measurement(&gate, &findings) {
            console.note(&format!(
                "{}: a time fell short, so it is measured again",
                bench.name
            ));
            let again = run_now(what, bench, &contract, "check-again", console, stop)?;
            say_what_may_be_wrong(what, &again, &all, console);
            findings = with_second_measurement(&gate, findings, &judged(&again));
        }
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

/// The captures that make up the history, if that is asked for, oldest first.
fn earlier_captures(what: &Check, contract: &Contract) -> Result<Vec<Capture>, Error> {
    if what.history.is_none() {
        return Ok(Vec::new());
    }
    let all = Store::new(&contract.baselines_dir).all()?;
    Ok(all.into_iter().map(|found| found.capture).collect())
}

fn say_what_may_be_wrong(what: &Check, new: &Capture, all: &[Capture], console: &Console) {
    for text in warning::of_capture(new) {
        console.warning(&text);
    }
    if let Some(most) = what.history {
        for text in warning::of_history(new, &history::before(new, all, most as usize)) {
            console.warning(&text);
        }
    }
}

fn run_now(
    what: &Check,
    bench: &Benchmark,
    contract: &Contract,
    label: &str,
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
        label,
        stamp: Stamp::now(),
        out_dir: &out_dir,
        force: true,
        stop,
    };
    let mut progress = console.progress();
    Ok(capture(&plan, &mut progress)?.capture)
}
