//! What the command takes.

use std::time::Duration;

use clap::{Parser, ValueEnum};
use openvm_stark_sdk::config::{MAX_APP_LOG_STACKED_HEIGHT, WHIR_MAX_LOG_FINAL_POLY_LEN};

/// Prove Keccak-f permutations on the GPU and verify the proof.
///
/// Inputs are random from a fixed seed, so every run proves the same statement with 100 bits of
/// security, and all of its proofs on a GPU must be equal.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  keccakf\n  keccakf --permutations 16 --adapter llvmpipe\n  \
                  RUST_LOG=warn keccakf --proofs 1000 --pipeline\n\n\
                  Environment:\n  \
                  OPENVM_METAL_ADAPTER              like --adapter\n  \
                  OPENVM_METAL_MULTIPLY             u64 or u32: form of the field multiplication\n  \
                  OPENVM_METAL_MAX_BINDING_BYTES    cut matrices into blocks of at most this size\n  \
                  OPENVM_METAL_MEMORY_BUDGET_BYTES  take at most this much device memory\n  \
                  OPENVM_METAL_PIPELINE_CACHE       directory to keep compiled kernels in (Vulkan)\n  \
                  OPENVM_METAL_KERNEL_TIMES         1: time every kernel\n  \
                  RUST_LOG                          which spans and events are printed\n\n\
                  Exit codes: 0 verified, 1 failed, 2 wrong usage or no usable GPU"
)]
pub struct Args {
    /// Number of permutations, a power of two
    #[arg(long, default_value_t = 1 << 10, value_parser = parse_permutations)]
    pub permutations: usize,

    /// How often to prove; all but the first proof find compiled kernels and pooled memory
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub proofs: u32,

    /// Prove for so long instead, to the end of the last proof that was begun
    #[arg(long, value_name = "SECONDS", conflicts_with = "proofs", value_parser = parse_seconds)]
    pub seconds: Option<Duration>,

    /// Make and upload the traces of the next proofs, on threads of their own, while one is made
    #[arg(long)]
    pub pipeline: bool,

    /// What to prove with
    #[arg(long, value_enum, default_value_t = Engine::Auto)]
    pub engine: Engine,

    /// Part of the name of the GPU to use; also takes a software adapter such as llvmpipe
    #[arg(long)]
    pub adapter: Option<String>,

    /// Logarithm of the stacked height: larger takes taller traces, and fewer, longer columns
    #[arg(long, default_value_t = 21, value_parser = parse_log_stacked_height)]
    pub log_stacked_height: usize,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Engine {
    /// The GPU if there is one, else the CPU
    Auto,
    /// The GPU, or an error
    Gpu,
    /// The CPU
    Cpu,
}

impl Args {
    /// Whether another proof is to be made after `n_proofs`, which took `elapsed`.
    pub fn goes_on_after(&self, n_proofs: u32, elapsed: Duration) -> bool {
        match self.seconds {
            Some(seconds) => elapsed < seconds,
            None => n_proofs < self.proofs,
        }
    }
}

fn parse_permutations(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(n) if n.is_power_of_two() => Ok(n),
        Ok(_) => Err("must be a power of two".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u64>();
    seconds
        .map(Duration::from_secs)
        .map_err(|error| error.to_string())
}

fn parse_log_stacked_height(text: &str) -> Result<usize, String> {
    let range = WHIR_MAX_LOG_FINAL_POLY_LEN + 1..=MAX_APP_LOG_STACKED_HEIGHT;
    match text.parse() {
        Ok(n) if range.contains(&n) => Ok(n),
        Ok(_) => Err(format!("must be from {} to {}", range.start(), range.end())),
        Err(error) => Err(error.to_string()),
    }
}
