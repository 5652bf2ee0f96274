//! The keys of proofs.

use std::{path::PathBuf, sync::Arc};

use openvm_sdk::keygen::{AggProvingKey, AppProvingKey};
use openvm_sdk_config::SdkVmConfig;

use crate::{
    arguments::{KeyArgs, ManifestArgs},
    error::{upstream, Error},
    files::{self, names, Project},
    guest::refuse_deferrals,
};

/// What makes the keys of a VM.
pub const APP_KEYS_COMMAND: &str = "cargo openvm-metal keygen";
/// What makes the keys that all programs share.
pub const SETUP_COMMAND: &str = "cargo openvm-metal setup";

/// The app proving key, of the package unless one is named.
pub fn load_app_pk(
    app_pk: Option<&PathBuf>,
    manifest: &ManifestArgs,
) -> Result<AppProvingKey<SdkVmConfig>, Error> {
    let path = named_or_of_package(app_pk, manifest, names::APP_PK)?;
    let key: AppProvingKey<SdkVmConfig> =
        files::read_made(&path, "app proving key", APP_KEYS_COMMAND)?;
    refuse_deferrals(key.vm_config(), &path)?;
    Ok(key)
}

/// The same key for a VM that is cut into segments whose proofs take so much memory.
pub fn with_segment_memory(
    mut key: AppProvingKey<SdkVmConfig>,
    bytes: u64,
) -> Result<AppProvingKey<SdkVmConfig>, Error> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let own = Arc::get_mut(&mut key.app_vm_pk);
    let own = own.ok_or_else(|| upstream("setting the segments' memory", "the key is in use"))?;
    own.vm_config.as_mut().set_segmentation_max_memory(bytes);
    Ok(key)
}

/// The aggregation proving key, in the two files that `keygen` and `setup` make.
pub fn load_agg_pk(keys: &KeyArgs, manifest: &ManifestArgs) -> Result<AggProvingKey, Error> {
    let prefix = named_or_of_package(keys.agg_prefix_pk.as_ref(), manifest, names::AGG_PREFIX_PK)?;
    let prefix = files::read_made(&prefix, "aggregation prefix proving key", APP_KEYS_COMMAND)?;
    let internal = keys
        .agg_pk
        .clone()
        .map_or_else(names::internal_recursive_pk, Ok)?;
    let internal_recursive =
        files::read_made(&internal, "internal-recursive proving key", SETUP_COMMAND)?;
    Ok(AggProvingKey {
        prefix,
        internal_recursive,
    })
}

fn named_or_of_package(
    named: Option<&PathBuf>,
    manifest: &ManifestArgs,
    name: &str,
) -> Result<PathBuf, Error> {
    match named {
        Some(path) => Ok(path.clone()),
        None => Project::find(manifest)?.openvm_file(name),
    }
}
