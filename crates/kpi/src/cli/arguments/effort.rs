//! How often and how long to run.

use clap::Args;
use std::time::Duration;

/// How often and how long to run, where it is not to be as the contract says.
#[derive(Clone, Copy, Debug, Args)]
pub struct Effort {
    /// Measured runs [default: the contract's `runs`]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: Option<u32>,
    /// Runs before them that are not used [default: the contract's `warmup`]
    #[arg(long, short, value_name = "N")]
    pub warmup: Option<u32>,
    /// End a run after this many seconds [default: the contract's `timeout_s`]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
}

impl Effort {
    /// The limit of one run.
    pub fn timeout_or(&self, contract: Duration) -> Duration {
        self.timeout.map_or(contract, Duration::from_secs)
    }
}
