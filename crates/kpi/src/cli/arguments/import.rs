//! `kpi import`.

use clap::Args;
use std::path::PathBuf;

/// Reads results of hyperfine (--export-json) and criterion (a target/criterion directory, a sample.json in
/// it, or cargo-criterion's JSON messages) and keeps each as a capture, for `report` and `compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kpi import bench.json --label before            hyperfine --export-json bench.json ./prove
  kpi import bench.json --bench prove --label after
  kpi import target/criterion --label before      every newest result of criterion

Exit codes: 0 kept, 2 a file cannot be read or would be overwritten")]
pub struct Import {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The captures' name, for `compare` and `check`
    #[arg(long, short, default_value = "imported")]
    pub label: String,
    /// The benchmark's name, if there is one result [default: made from the command]
    #[arg(long, short)]
    pub bench: Option<String>,
    /// Where the captures go [default: the contract's `baselines`]
    #[arg(long, short, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Replace files of the same name
    #[arg(long, short)]
    pub force: bool,
}
