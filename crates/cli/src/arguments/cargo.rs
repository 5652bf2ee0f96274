//! Options that cargo has, too: which package, which target, and how to build it.

use std::path::PathBuf;

use clap::Args;

/// Where the package is.
#[derive(Clone, Debug, Default, Args)]
pub struct ManifestArgs {
    /// Directory for all generated artifacts and intermediate files
    #[arg(long, value_name = "DIR", help_heading = "Output Options")]
    pub target_dir: Option<PathBuf>,

    /// Path to the Cargo.toml [default: in this directory or above it]
    #[arg(long, value_name = "PATH", help_heading = "Manifest Options")]
    pub manifest_path: Option<PathBuf>,
}

/// Which of its programs.
#[derive(Clone, Debug, Args)]
pub struct TargetArgs {
    /// The package [default: the one of the current directory]
    #[arg(
        long,
        short,
        value_name = "PACKAGE",
        help_heading = "Package Selection"
    )]
    pub package: Option<String>,

    /// The binary, where there are several
    #[arg(long, value_name = "BIN", help_heading = "Target Selection")]
    pub bin: Vec<String>,

    /// An example instead of a binary
    #[arg(long, value_name = "EXAMPLE", help_heading = "Target Selection")]
    pub example: Vec<String>,

    /// The profile that it is built with
    #[arg(
        long,
        value_name = "NAME",
        default_value = "release",
        help_heading = "Compilation Options"
    )]
    pub profile: String,

    #[command(flatten)]
    pub manifest: ManifestArgs,
}

/// How to build it, where no --exe is given.
#[derive(Clone, Debug, Args)]
pub struct CargoArgs {
    #[command(flatten)]
    pub target: TargetArgs,

    /// Features to activate, separated by commas
    #[arg(
        long,
        short = 'F',
        value_delimiter = ',',
        help_heading = "Feature Selection"
    )]
    pub features: Vec<String>,

    /// Activate all features of the selected package
    #[arg(long, help_heading = "Feature Selection")]
    pub all_features: bool,

    /// Do not activate its `default` feature
    #[arg(long, help_heading = "Feature Selection")]
    pub no_default_features: bool,

    /// When cargo uses colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "always",
        help_heading = "Display Options"
    )]
    pub color: String,

    /// Ignore `rust-version` in packages
    #[arg(long, help_heading = "Manifest Options")]
    pub ignore_rust_version: bool,

    /// Build with the versions in Cargo.lock, or not at all
    #[arg(long, help_heading = "Manifest Options")]
    pub locked: bool,

    /// Build without network access
    #[arg(long, help_heading = "Manifest Options")]
    pub offline: bool,

    /// Both --locked and --offline
    #[arg(long, help_heading = "Manifest Options")]
    pub frozen: bool,
}
