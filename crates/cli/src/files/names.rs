//! Names of files, those of cargo-openvm 2.0.2.

use std::{env, path::PathBuf};

use crate::error::Error;

pub const APP_PK: &str = "app.pk";
pub const APP_VK: &str = "app.vk";
pub const AGG_PREFIX_PK: &str = "agg_prefix.pk";
pub const CONFIG: &str = "openvm.toml";

pub const VMEXE_EXT: &str = "vmexe";
pub const APP_PROOF_EXT: &str = "app.proof";
pub const STARK_PROOF_EXT: &str = "stark.proof";
pub const COMMIT_EXT: &str = "commit.json";
pub const BASELINE_EXT: &str = "baseline.json";

const INTERNAL_RECURSIVE_PK: &str = "internal_recursive.pk";
const INTERNAL_RECURSIVE_VK: &str = "internal_recursive.vk";

/// The proving key of the internal-recursive circuit, which all programs share.
pub fn internal_recursive_pk() -> Result<PathBuf, Error> {
    Ok(home("--agg-pk")?.join(INTERNAL_RECURSIVE_PK))
}

/// Its verifying key.
pub fn internal_recursive_vk() -> Result<PathBuf, Error> {
    Ok(home("--agg-vk")?.join(INTERNAL_RECURSIVE_VK))
}

/// `~/.openvm`. `option` is what the user can give instead.
fn home(option: &'static str) -> Result<PathBuf, Error> {
    let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
    Ok(home.ok_or(Error::NoHome { option })?.join(".openvm"))
}
