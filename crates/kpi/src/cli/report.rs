//! `kpi report`: tables and pages of captures.

use super::arguments::{Report, ReportFormat};
use super::export;
use super::resolve::{capture_in_file, ContractSource};
use super::Console;
use openvm_kpi::contract::Contract;
use openvm_kpi::record::{Capture, Store};
use openvm_kpi::report::{csv, html, json, markdown, section, terminal};
use openvm_kpi::{storage, warning, Error};
use std::collections::BTreeSet;
use std::path::PathBuf;

pub fn run(what: &Report, contract: &ContractSource, console: &Console) -> Result<u8, Error> {
    let contract = if what.from.is_empty() {
        Some(contract.contract()?)
    } else {
        contract.contract_if_any()?
    };
    let all = candidates(what, contract.as_ref())?;
    let shown = newest_of_each(what, &all, contract.as_ref())?;
    for capture in &shown {
        for text in warning::of_capture(capture) {
            console.warning(&text);
        }
    }
    if let Some(document) = &what.update {
        let table = milestone_table(what, &shown, contract.as_ref(), console);
        section::update(document, &table)?;
        console.note(&format!("updated {}", document.display()));
        return Ok(0);
    }
    if let Some(file) = &what.export_hyperfine {
        export::hyperfine(shown.iter().copied(), file, console)?;
    }
    let text = match what.format {
        ReportFormat::Terminal => {
            let is_coloured = what.output.is_none() && console.is_coloured();
            let tables = shown.iter().map(|c| terminal::capture(c, is_coloured));
            tables.collect::<Vec<_>>().join("\n")
        }
        ReportFormat::Markdown => milestone_table(what, &shown, contract.as_ref(), console),
        ReportFormat::Csv => csv::captures(shown.iter().copied())?,
        ReportFormat::Json => json::captures(shown.iter().copied())?,
        ReportFormat::Html => html::page(&shown, &all),
    };
    match &what.output {
        Some(file) => {
            storage::write_whole(file, text.as_bytes())?;
            console.note(&format!("wrote {}", file.display()));
        }
        None => console.result(&text)?,
    }
    Ok(0)
}

/// Every capture that may be shown, oldest first.
fn candidates(what: &Report, contract: Option<&Contract>) -> Result<Vec<Capture>, Error> {
    if !what.from.is_empty() {
        return what
            .from
            .iter()
            .map(|file| capture_in_file(file, contract))
            .collect();
    }
    let Some(contract) = contract else {
        return Ok(Vec::new());
    };
    let all = Store::new(&contract.baselines_dir).all()?;
    Ok(all.into_iter().map(|found| found.capture).collect())
}

/// The captures to show, in the contract's order.
fn newest_of_each<'a>(
    what: &Report,
    all: &'a [Capture],
    contract: Option<&Contract>,
) -> Result<Vec<&'a Capture>, Error> {
    let mut names: Vec<&str> = match (what.benches.is_empty(), contract) {
        (false, _) => what.benches.iter().map(String::as_str).collect(),
        (true, Some(contract)) => contract.benches.iter().map(|b| b.name.as_str()).collect(),
        (true, None) => Vec::new(),
    };
    if what.benches.is_empty() {
        for capture in all {
            if !names.contains(&capture.bench.as_str()) {
                names.push(&capture.bench);
            }
        }
    }
    let is_wanted = |capture: &Capture| match &what.label {
        Some(label) => capture.label == *label,
        None => true,
    };
    let mut shown = Vec::new();
    for name in names {
        let newest = all
            .iter()
            .rev()
            .find(|capture| capture.bench == name && is_wanted(capture));
        match newest {
            Some(capture) => shown.push(capture),
            None if what.benches.is_empty() => {}
            None => {
                return Err(Error::NoBaseline {
                    name: what.label.clone().unwrap_or_else(|| "local".to_owned()),
                    bench: name.to_owned(),
                    dir: searched(contract),
                    labels: labels_of(all, name),
                })
            }
        }
    }
    if shown.is_empty() {
        return Err(Error::NoCaptures {
            dir: searched(contract),
        });
    }
    Ok(shown)
}

/// The columns are the benchmarks that were asked for, else the contract's, else all that are shown.
fn milestone_table(
    what: &Report,
    shown: &[&Capture],
    contract: Option<&Contract>,
    console: &Console,
) -> String {
    let milestone =
        contract.filter(|contract| what.benches.is_empty() && !contract.milestone.is_empty());
    let Some(contract) = milestone else {
        let columns: Vec<_> = shown
            .iter()
            .map(|capture| markdown::Column {
                title: &capture.title,
                capture: Some(capture),
            })
            .collect();
        return markdown::milestone_table(&columns);
    };
    let mut columns = Vec::new();
    for name in &contract.milestone {
        let capture = shown.iter().find(|capture| capture.bench == *name).copied();
        if capture.is_none() {
            console.warning(&format!(
                "no capture of `{name}`, so its column is N/A: make one with `kpi capture {name}`"
            ));
        }
        let bench = contract.benches.iter().find(|bench| bench.name == *name);
        columns.push(markdown::Column {
            title: bench.map_or(name, |bench| &bench.title),
            capture,
        });
    }
    markdown::milestone_table(&columns)
}

/// The labels of a benchmark's captures, without repeats.
fn labels_of(all: &[Capture], bench: &str) -> Vec<String> {
    let of_bench = all.iter().filter(|capture| capture.bench == bench);
    let labels: BTreeSet<String> = of_bench.map(|capture| capture.label.clone()).collect();
    labels.into_iter().collect()
}

fn searched(contract: Option<&Contract>) -> PathBuf {
    contract.map_or_else(PathBuf::new, |contract| contract.baselines_dir.clone())
}
