//! `kpi parse`: medians from existing logs.

use super::arguments::{Parse, TableFormat};
use super::resolve::{read_log_file, ContractSource, ReadingOptions};
use super::Console;
use openvm_kpi::record::Capture;
use openvm_kpi::report::{csv, json, markdown, terminal};
use openvm_kpi::{warning, Error};

pub fn run(what: &Parse, contract: &ContractSource, console: &Console) -> Result<u8, Error> {
    let contract = contract.contract_if_any()?;
    let options = ReadingOptions {
        bench: what.bench.as_deref(),
        spans: &what.spans,
        all_spans: what.all_spans,
        allow_cut: what.allow_cut,
    };
    let mut captures = Vec::new();
    let mut tables = Vec::new();
    for log in &what.logs {
        let reading = read_log_file(log, contract.as_ref(), options)?;
        let of_capture = warning::of_capture(&reading.capture);
        for text in reading.warnings.iter().chain(&of_capture) {
            console.warning(text);
        }
        tables.push(match &reading.metrics {
            Some(run) => terminal::metrics(&reading.capture.title, run, console.is_coloured()),
            None => terminal::capture(&reading.capture, console.is_coloured()),
        });
        captures.push(reading.capture);
    }
    let text = match what.format {
        TableFormat::Terminal => tables.join("\n"),
        TableFormat::Markdown => markdown::milestone_table(&columns_of(&captures)),
        TableFormat::Csv => csv::captures(&captures)?,
        TableFormat::Json => json::captures(&captures)?,
    };
    console.result(&text)?;
    Ok(0)
}

fn columns_of(captures: &[Capture]) -> Vec<markdown::Column<'_>> {
    captures
        .iter()
        .map(|capture| markdown::Column {
            title: &capture.title,
            capture: Some(capture),
        })
        .collect()
}
