//! `cargo openvm-metal keygen`: the keys of a VM.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use openvm_sdk::{
    config::{AggregationConfig, AppConfig},
    keygen::{AggPrefixProvingKey, AppProvingKey},
    prover::AggProver,
};
use openvm_sdk_config::SdkVmConfig;

use crate::{
    arguments::ManifestArgs,
    console::Console,
    error::{caught, upstream, Error},
    files::{names, Output, Project},
    guest,
};

/// Make the keys of a VM: app.pk, app.vk and agg_prefix.pk
///
/// They are made on the CPU, once for each VM configuration, and are the keys that `cargo openvm keygen`
/// makes. Programs of the same configuration share them.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo openvm-metal keygen               all keys of the package's VM, in openvm/
  cargo openvm-metal keygen --app-only    without aggregation: for `prove app` only, and fast
  cargo openvm-metal keygen --config openvm.toml --output-dir keys    without a package

Exit codes: 0 made, 2 not made: a configuration that cannot be, a directory that cannot be written to")]
pub struct Keygen {
    /// The VM's configuration [default: openvm.toml beside Cargo.toml; without it, RV32IM and I/O]
    #[arg(long, value_name = "FILE", help_heading = "OpenVM Options")]
    config: Option<PathBuf>,

    /// Copy the keys to this directory, too; without a package, they are written there alone
    #[arg(long, value_name = "DIR", help_heading = "OpenVM Options")]
    output_dir: Option<PathBuf>,

    /// Only make app.pk and app.vk, not agg_prefix.pk
    #[arg(long, help_heading = "OpenVM Options")]
    app_only: bool,

    #[command(flatten)]
    manifest: ManifestArgs,
}

impl Keygen {
    pub fn run(&self, console: &Console) -> Result<(), Error> {
        let config = guest::read_config(self.config.as_deref(), &self.manifest, console)?;
        has_shape_of_setup(&config)?;
        let outputs = |name| self.outputs(name);
        let (app_pks, app_vks) = (outputs(names::APP_PK)?, outputs(names::APP_VK)?);
        let agg_prefix_pks = match self.app_only {
            true => vec![],
            false => outputs(names::AGG_PREFIX_PK)?,
        };

        console.note("making the app keys");
        let key = app_keygen(config)?;
        let verifying_key = key.get_app_vk();
        for output in &app_vks {
            output.write_object(&verifying_key)?;
            console.wrote("app verifying key", output.path());
        }
        for output in &app_pks {
            output.write_object(&key)?;
            console.wrote("app proving key", output.path());
        }
        if self.app_only {
            return Ok(());
        }
        console.note("making the aggregation prefix key");
        let prefix = aggregation_prefix(&key)?;
        for output in &agg_prefix_pks {
            output.write_object(&prefix)?;
            console.wrote("aggregation prefix proving key", output.path());
        }
        Ok(())
    }

    /// The places where a file is to be.
    fn outputs(&self, name: &str) -> Result<Vec<Output>, Error> {
        let of_package = Project::find(&self.manifest).and_then(|p| p.openvm_file(name));
        let copy = self
            .output_dir
            .as_ref()
            .map(|directory| directory.join(name));
        let paths = match (of_package, copy) {
            (Ok(path), copy) => vec![Some(path), copy],
            // Keys need no package if they have another place to be.
            (Err(_), Some(copy)) if self.manifest.manifest_path.is_none() => vec![Some(copy)],
            (Err(error), _) => return Err(error),
        };
        paths
            .iter()
            .flatten()
            .map(|path| Output::new(path))
            .collect()
    }
}

/// The keys of the VM with this configuration.
pub fn app_keygen(config: AppConfig<SdkVmConfig>) -> Result<AppProvingKey<SdkVmConfig>, Error> {
    const WHAT: &str = "making the app keys";
    let key = caught(WHAT, || {
        AppProvingKey::keygen(config).map_err(|error| upstream(WHAT, error))
    });
    // The configuration is all there is to it.
    key.map_err(|error| Error::Usage(error.to_string()))
}

fn aggregation_prefix(key: &AppProvingKey<SdkVmConfig>) -> Result<AggPrefixProvingKey, Error> {
    let verifying_key = Arc::new(key.app_vm_pk.vm_pk.get_vk());
    let make = || {
        Ok(AggProver::keygen_prefix(
            verifying_key,
            AggregationConfig::default(),
            None,
        ))
    };
    let prefix = caught("making the aggregation prefix key", make);
    prefix.map_err(|error| {
        Error::Usage(format!(
            "{error}\nsystem_params in openvm.toml must fit those of aggregation"
        ))
    })
}

/// `setup` makes its keys for one shape of memory and public values.
fn has_shape_of_setup(config: &AppConfig<SdkVmConfig>) -> Result<(), Error> {
    let default = guest::default_config().app_vm_config;
    let (config, default) = (config.app_vm_config.as_ref(), default.as_ref());
    if config.num_public_values != default.num_public_values {
        return Err(Error::Usage(format!(
            "num_public_values is {}: only {} are supported",
            config.num_public_values, default.num_public_values
        )));
    }
    let heights = |config: &openvm_circuit::arch::SystemConfig| {
        let dimensions = config.memory_config.memory_dimensions();
        (dimensions.addr_space_height, dimensions.address_height)
    };
    match heights(config) == heights(default) {
        true => Ok(()),
        false => Err(Error::Usage(
            "memory_config has other dimensions than the default, which alone is supported"
                .to_owned(),
        )),
    }
}
