//! The VM's configuration: openvm.toml.

use std::path::Path;

use openvm_sdk::config::AppConfig;
use openvm_sdk_config::SdkVmConfig;
use openvm_stark_sdk::config::{app_params_with_100_bits_security, MAX_APP_LOG_STACKED_HEIGHT};

use crate::{
    arguments::ManifestArgs,
    console::Console,
    error::{caught, Error},
    files::{self, Project},
};

/// The configuration in `config`, else that of the package, else the default.
pub fn read_config(
    config: Option<&Path>,
    manifest: &ManifestArgs,
    console: &Console,
) -> Result<AppConfig<SdkVmConfig>, Error> {
    if let Some(path) = config {
        return read(path);
    }
    match Project::find(manifest) {
        Ok(project) if project.config().exists() => return read(&project.config()),
        Ok(project) => {
            let path = project.config();
            console.note(&format!(
                "{} is not there: the VM has RV32IM and I/O",
                path.display()
            ));
        }
        Err(error) if manifest.manifest_path.is_some() => return Err(error),
        Err(_) => console.note("there is no openvm.toml: the VM has RV32IM and I/O"),
    }
    Ok(default_config())
}

/// RV32IM and I/O, with 100 bits of security.
pub fn default_config() -> AppConfig<SdkVmConfig> {
    let vm = SdkVmConfig::builder()
        .system(Default::default())
        .rv32i(Default::default())
        .rv32m(Default::default())
        .io(Default::default())
        .build();
    AppConfig::new(
        vm,
        app_params_with_100_bits_security(MAX_APP_LOG_STACKED_HEIGHT),
    )
}

/// An error if the configuration defers computations. `name` says which.
pub fn refuse_deferrals(config: &SdkVmConfig, name: &Path) -> Result<(), Error> {
    match config.deferral {
        None => Ok(()),
        Some(_) => Err(Error::Deferrals {
            name: name.display().to_string(),
        }),
    }
}

fn read(path: &Path) -> Result<AppConfig<SdkVmConfig>, Error> {
    let broken = |reason: String| Error::Broken {
        path: path.to_owned(),
        what: "a VM configuration",
        reason,
    };
    let text = String::from_utf8(files::read(path)?).map_err(|error| broken(error.to_string()))?;
    // Some of it is checked by assertions while it is read.
    let parse = || toml::from_str(&text).map_err(|error| broken(error.to_string()));
    let config: Result<AppConfig<SdkVmConfig>, _> = caught("reading a VM configuration", parse);
    let config = config.map_err(|error| match error {
        Error::Panicked { message, .. } => broken(message),
        error => error,
    })?;
    refuse_deferrals(&config.app_vm_config, path)?;
    Ok(config)
}
