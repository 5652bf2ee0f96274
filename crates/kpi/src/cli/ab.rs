//! `kpi ab`: two commands in pairs of runs.

use super::arguments::Ab;
use super::compare::formatted;
use super::export;
use super::resolve::{current_dir, scratch_dir, ContractSource};
use super::Console;
use openvm_kpi::capture::{capture_pairs, CapturePlan, PairedPlan, Stamp};
use openvm_kpi::compare::{compare_pairs, CompareOptions, Comparison};
use openvm_kpi::contract::Benchmark;
use openvm_kpi::process::StopFlag;
use openvm_kpi::stats::Looks;
use openvm_kpi::{warning, Error};
use std::time::{Duration, SystemTime};

/// Fewer pairs could decide little: with seven, no test reaches 99 %.
const LEAST_PAIRS: u32 = 10;
/// How many pairs there are at most, if nothing else is asked for.
const MOST_PAIRS: u32 = 200;

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
    let looks = if what.until_decided {
        Looks::until(what.max_runs.unwrap_or(MOST_PAIRS))
    } else {
        Looks::once(what.effort.runs.unwrap_or(bench.runs.max(LEAST_PAIRS)))
    };
    let base = CapturePlan {
        bench: &bench,
        command: &what.base,
        dir: &dir,
        warmup_runs: what.effort.warmup.unwrap_or(bench.warmup_runs),
        runs: looks.last(),
        is_open_ended: what.until_decided || what.max_time.is_some(),
        timeout: what.effort.timeout_or(bench.timeout),
        label: "base",
        stamp: Stamp::now(),
        out_dir: &out_dir,
        force: true,
        stop,
    };
    let plan = PairedPlan {
        base,
        new: CapturePlan {
            command: &what.new,
            label: "new",
            ..base
        },
        seed: what.seed.unwrap_or_else(seed_of_this_moment),
        looks: &looks,
        max_time: what.max_time.map(Duration::from_secs),
        discard_busy: what.discard_busy,
    };
    let options = CompareOptions {
        confidence: what.confidence / 100.0,
        noise_threshold: what.noise_threshold / 100.0,
        spans: what.spans.clone(),
    };
    let mut latest: Option<Comparison> = None;
    let mut progress = console.progress();
    let (base, new) = capture_pairs(&plan, &mut progress, &mut |base, new, pairing| {
        let comparison = compare_pairs(
            base,
            new,
            &options,
            &looks,
            pairing.clone(),
            latest.as_ref(),
        );
        let is_decided = comparison.is_decided();
        latest = Some(comparison);
        is_decided
    })?;
    drop(progress);
    for (side, found) in [("base", &base), ("new", &new)] {
        for text in warning::of_capture(&found.capture) {
            console.warning(&format!("{side}: {text}"));
        }
    }
    if let Some(file) = &what.export_hyperfine {
        export::hyperfine([&base.capture, &new.capture], file, console)?;
    }
    let comparisons: Vec<Comparison> = latest.into_iter().collect();
    console.result(&formatted(&comparisons, what.format, console)?)?;
    Ok(0)
}

/// Any number will do, as long as it is printed.
fn seed_of_this_moment() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    u64::from(since.map_or(0, |since| since.subsec_nanos()))
}

/// What is measured if no benchmark says otherwise.
fn every_span() -> Benchmark {
    Benchmark {
        name: "ab".to_owned(),
        title: "ab".to_owned(),
        command: String::new(),
        warmup_runs: 1,
        runs: LEAST_PAIRS,
        timeout: Duration::from_secs(1800),
        spans: Vec::new(),
        counters: Vec::new(),
        gate: None,
    }
}
