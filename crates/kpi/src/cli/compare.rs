//! `kpi compare`: two captures side by side.

use super::arguments::{Compare, CompareFormat};
use super::resolve::{capture_in_file, capture_named, ContractSource};
use super::Console;
use openvm_kpi::compare::{compare, compare_pairs, CompareOptions, Comparison, Pairing};
use openvm_kpi::contract::Contract;
use openvm_kpi::record::{Capture, Found, Run, Store};
use openvm_kpi::report::{json, markdown, terminal};
use openvm_kpi::stats::Looks;
use openvm_kpi::{warning, Error};
use std::collections::BTreeSet;
use std::path::Path;

pub fn run(what: &Compare, contract: &ContractSource, console: &Console) -> Result<u8, Error> {
    let pairs = pairs(what, contract)?;
    let options = CompareOptions {
        confidence: what.confidence / 100.0,
        noise_threshold: what.noise_threshold / 100.0,
        spans: what.spans.clone(),
    };
    let mut comparisons = Vec::new();
    for (base, new) in &pairs {
        if let Some(text) = warning::of_pair(base, new) {
            console.warning(&text);
        }
        comparisons.push(if what.paired {
            of_pairs(base, new, &options)?
        } else {
            compare(base, new, &options)
        });
    }
    console.result(&formatted(&comparisons, what.format, console)?)?;
    Ok(0)
}

/// As `kpi ab` judges a number of pairs that was fixed beforehand.
fn of_pairs(base: &Capture, new: &Capture, options: &CompareOptions) -> Result<Comparison, Error> {
    if base.runs.len() != new.runs.len() {
        return Err(Error::NoPairs {
            base: base.runs.len(),
            new: new.runs.len(),
        });
    }
    let pairs = base.runs.len() as u32;
    let is_busy = |run: &&Run| !run.busy.is_empty();
    let pairing = Pairing {
        pairs,
        looks: 1,
        looks_planned: 1,
        busy_runs: base.runs.iter().chain(&new.runs).filter(is_busy).count() as u32,
        ..Pairing::default()
    };
    let looks = Looks::once(pairs);
    Ok(compare_pairs(base, new, options, &looks, pairing, None))
}

/// Comparisons in the form that was asked for.
pub fn formatted(
    comparisons: &[Comparison],
    format: CompareFormat,
    console: &Console,
) -> Result<String, Error> {
    Ok(match format {
        CompareFormat::Json => json::comparisons(comparisons)?,
        CompareFormat::Terminal => comparisons
            .iter()
            .map(|comparison| terminal::comparison(comparison, console.is_coloured()))
            .collect::<Vec<_>>()
            .join("\n"),
        CompareFormat::Markdown => comparisons
            .iter()
            .map(markdown::comparison)
            .collect::<Vec<_>>()
            .join("\n"),
    })
}

fn pairs(what: &Compare, contract: &ContractSource) -> Result<Vec<(Capture, Capture)>, Error> {
    let is_file = |name: &str| Path::new(name).is_file();
    if is_file(&what.base) && is_file(&what.new) {
        let contract = contract.contract_if_any()?;
        let base = capture_in_file(Path::new(&what.base), contract.as_ref())?;
        let new = capture_in_file(Path::new(&what.new), contract.as_ref())?;
        let wanted = what.bench.as_ref().unwrap_or(&base.bench);
        for found in [&base.bench, &new.bench] {
            if found != wanted {
                return Err(Error::WrongBench {
                    found: found.clone(),
                    wanted: wanted.clone(),
                });
            }
        }
        return Ok(vec![(base, new)]);
    }
    let contract = contract.contract()?;
    let benches = match &what.bench {
        Some(bench) => vec![bench.clone()],
        None => benches_in_common(what, &contract)?,
    };
    benches
        .iter()
        .map(|bench| {
            Ok((
                capture_named(&what.base, bench, &contract)?,
                capture_named(&what.new, bench, &contract)?,
            ))
        })
        .collect()
}

fn benches_in_common(what: &Compare, contract: &Contract) -> Result<Vec<String>, Error> {
    let stored = Store::new(&contract.baselines_dir).all()?;
    let base = benches_of(&what.base, &stored, contract)?;
    let new = benches_of(&what.new, &stored, contract)?;
    let common: Vec<String> = base
        .iter()
        .filter(|name| new.contains(name))
        .cloned()
        .collect();
    if common.is_empty() {
        return Err(Error::NothingInCommon {
            base: what.base.clone(),
            base_benches: base,
            new: what.new.clone(),
            new_benches: new,
        });
    }
    Ok(common)
}

fn benches_of(name: &str, stored: &[Found], contract: &Contract) -> Result<Vec<String>, Error> {
    let path = Path::new(name);
    if path.is_file() {
        return Ok(vec![capture_in_file(path, Some(contract))?.bench]);
    }
    let of_label = stored.iter().filter(|found| found.capture.label == name);
    let benches: BTreeSet<String> = of_label.map(|found| found.capture.bench.clone()).collect();
    if benches.is_empty() {
        let labels: BTreeSet<String> = stored.iter().map(|f| f.capture.label.clone()).collect();
        return Err(Error::NoSuchCapture {
            name: name.to_owned(),
            dir: contract.baselines_dir.clone(),
            labels: labels.into_iter().collect(),
        });
    }
    Ok(benches.into_iter().collect())
}
