//! `cargo openvm-metal adapters`: the GPUs of this machine.

use bytesize::ByteSize;
use clap::Args;
use comfy_table::{presets, Table};
use openvm_metal_backend::{adapter_reports, AdapterReport, GpuError, Multiply};

use crate::{console::Console, error::Error};

/// List the GPUs of this machine, with memory and limits
///
/// The first one that is no software is used by default. --adapter takes an index, a PCI address or a part of a name, several of
/// them, or `all`. Software adapters, which are processors that emulate a GPU, are slow, and used only when they are named.
#[derive(Args)]
#[command(after_help = "\
Example:
  cargo openvm-metal adapters

Exit codes: 0 listed, 2 there is none")]
pub struct Adapters {}

impl Adapters {
    pub fn run(&self, console: &Console) -> Result<(), Error> {
        let reports = adapter_reports();
        if reports.is_empty() {
            return Err(GpuError::NoAdapter { present: vec![] }.into());
        }
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED);
        table.set_header([
            "Index",
            "Name",
            "PCI address",
            "Kind",
            "Memory",
            "Largest buffer",
            "Multiply",
            "Driver",
        ]);
        for report in &reports {
            table.add_row(row(report));
        }
        console.result(&table.to_string())?;
        for report in &reports {
            if let Some(reason) = &report.unusable {
                console.result(&reason.to_string())?;
            }
        }
        Ok(())
    }
}

fn row(report: &AdapterReport) -> [String; 8] {
    let size = |bytes| ByteSize(bytes).to_string();
    [
        report.summary.index.to_string(),
        report.summary.name.clone(),
        report.summary.pci_address.clone().unwrap_or_default(),
        report.kind.to_owned(),
        report
            .memory_bytes
            .map_or_else(|| "not told".to_owned(), size),
        size(report.max_binding_bytes),
        match report.multiply {
            Multiply::U64 => "64 bits".to_owned(),
            Multiply::U32 => "32 bits".to_owned(),
        },
        format!("{} ({})", report.summary.driver, report.summary.backend),
    ]
}
