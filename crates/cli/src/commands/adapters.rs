//! `cargo openvm-metal adapters`: the GPUs of this machine.

use bytesize::ByteSize;
use clap::Args;
use comfy_table::{presets, Table};
use openvm_metal_backend::gpu::{adapters, Gpu, GpuError, GpuOptions};

use crate::{console::Console, error::Error};

/// Lists the GPUs of this machine, the one that is used by default in front, with what they have.
#[derive(Args)]
#[command(after_help = "\
Example:
  cargo openvm-metal adapters

Exit codes: 0 listed, 1 there is none")]
pub struct Adapters {}

impl Adapters {
    pub fn run(&self, console: &Console) -> Result<(), Error> {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED);
        table.set_header(["name", "driver", "kind", "memory to use", "largest buffer", "multiplication"]);
        let present = adapters();
        if present.is_empty() {
            return Err(GpuError::NoAdapter { present: vec![] }.into());
        }
        Ok(())
    }
}
