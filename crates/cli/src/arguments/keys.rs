//! Options that name keys.

use std::path::PathBuf;

use clap::Args;

/// The keys of a STARK proof.
#[derive(Clone, Debug, Args)]
pub struct KeyArgs {
    /// The app proving key [default: openvm/app.pk of the package; `keygen` makes it]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    pub app_pk: Option<PathBuf>,

    /// The aggregation prefix proving key [default: openvm/agg_prefix.pk of the package; `keygen` makes it]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    pub agg_prefix_pk: Option<PathBuf>,

    /// The internal-recursive proving key [default: ~/.openvm/internal_recursive.pk; `setup` makes it]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    pub agg_pk: Option<PathBuf>,
}
