//! Options that say what proves, and with how much of the machine.

use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use openvm_circuit::arch::execution_mode::metered::segment_ctx::DEFAULT_MAX_MEMORY;

/// What to prove with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    /// The GPU if there is one, else the CPU
    Auto,
    /// The GPU, or an error
    Gpu,
    /// Upstream's CPU prover
    Cpu,
}

/// What proves, and with how much of the machine.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Prover Options")]
pub struct ProverArgs {
    /// What to prove with
    #[arg(long, value_enum, default_value_t = EngineChoice::Auto)]
    pub engine: EngineChoice,

    /// The GPU, by its index, PCI address or part of its name (see `cargo openvm-metal adapters`), also a software
    /// adapter such as llvmpipe. Several, separated by commas, or `all` hardware GPUs share the segments of a
    /// proof [default: the first discrete, else integrated GPU]
    #[arg(long, value_name = "NAME")]
    pub adapter: Vec<String>,

    /// Most GPU memory to use, of each GPU, such as 8GiB: less than there is where others need some, too
    /// [default: 95 % of a GPU's own memory, 66 % of the machine's where they share it]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory_budget: Option<ByteSize>,

    /// Host memory for segments in the making, such as 12GiB: lower it if the machine starts to swap
    /// [default: two thirds of the machine's]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub host_memory: Option<ByteSize>,

    /// Segments whose traces are made at the same time; each takes host memory
    /// [default: as many as there are cores, or as host memory allows]
    #[arg(long, value_name = "N", value_parser = parse_workers)]
    pub workers: Option<usize>,

    /// Make all traces on the host, also those that the GPU makes otherwise, from what the execution leaves: the system's,
    /// and those of RV32IM, hashes, 256-bit integers, prime fields and curves
    #[arg(long)]
    pub host_traces: bool,

    /// Memory that the proof of a segment may take, in bytes or such as 4GiB: smaller segments need
    /// less host and GPU memory, and there are more of them. Exceeded only where it is too small
    /// [default: 3 GiB, or a third of the GPU's memory if that is less, so that there are segments for
    /// all cores; 15 GiB on the CPU, as upstream]
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "OpenVM Options")]
    pub segment_max_memory: Option<ByteSize>,
}

/// Upstream's `--segment-max-memory`.
pub const UPSTREAM_SEGMENT_MEMORY_BYTES: u64 = DEFAULT_MAX_MEMORY as u64;

/// A number of bytes, with or without a unit.
pub fn parse_size(text: &str) -> Result<ByteSize, String> {
    match text.parse() {
        Ok(ByteSize(0)) => Err("must be more than nothing".to_owned()),
        Ok(size) => Ok(size),
        Err(_) => Err("must be a number of bytes, or such as 8GiB, 512MiB".to_owned()),
    }
}

/// A number of workers.
pub fn parse_workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(n) => Ok(n),
        Err(_) => Err("must be a number".to_owned()),
    }
}
