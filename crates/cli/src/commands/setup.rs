//! `cargo openvm-metal setup`: the keys that all programs share.

use clap::Args;
use openvm_metal_sdk::aggregation_keygen;

use super::keygen::app_keygen;
use crate::{
    console::Console,
    error::Error,
    files::{names, Output},
    guest,
};

/// Make the keys that the STARK proofs of all programs share
///
/// They go to ~/.openvm. They are made on the CPU, once for each version of OpenVM, and are those that `cargo openvm setup`
/// makes. Files that are there are made anew.
#[derive(Args)]
#[command(after_help = "\
Example:
  cargo openvm-metal setup

Exit codes: 0 made, 2 not made: ~/.openvm cannot be written to, or --evm")]
pub struct Setup {
    /// As in `cargo openvm setup`, where it concerns EVM artifacts; without effect
    #[arg(long)]
    force: bool,

    /// EVM artifacts, which are not supported: `cargo openvm setup --evm` makes them
    #[arg(long)]
    evm: bool,

    /// As in `cargo openvm setup`, where it concerns EVM artifacts; without effect
    #[arg(long)]
    download: bool,
}

impl Setup {
    pub fn run(&self, console: &Console) -> Result<(), Error> {
        let Self { evm, .. } = self;
        if *evm {
            return Err(Error::Usage(
                "EVM artifacts are not supported: `cargo openvm setup --evm` makes them".to_owned(),
            ));
        }
        let proving_key = Output::new(&names::internal_recursive_pk()?)?;
        let verifying_key = Output::new(&names::internal_recursive_vk()?)?;
        console.note("making the internal-recursive keys");
        let app_key = app_keygen(guest::default_config())?;
        let key = aggregation_keygen(&app_key, Default::default())?.internal_recursive;
        proving_key.write_object(&key)?;
        console.wrote("internal-recursive proving key", proving_key.path());
        verifying_key.write_object(&key.get_vk())?;
        console.wrote("internal-recursive verifying key", verifying_key.path());
        Ok(())
    }
}
