//! What there is instead of a contract that is missing, for the error that says so.

use super::FILE_NAME;
use std::path::{Path, PathBuf};

/// More names than this help no one.
const MOST: usize = 8;

/// The contracts in the directories directly below, in alphabetical order.
pub(super) fn contracts_below(dir: &Path) -> Vec<PathBuf> {
    let below = entries(dir).map(|entry| entry.join(FILE_NAME));
    sorted(below.filter(|file| file.is_file()))
}

/// The TOML files in the directory of one that is not there, in alphabetical order.
pub(super) fn toml_files_beside(missing: &Path) -> Vec<PathBuf> {
    let dir = missing.parent().unwrap_or(Path::new(""));
    sorted(entries(dir).filter(|file| file.extension().is_some_and(|ending| ending == "toml")))
}

/// A directory that cannot be read has nothing to offer.
fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let dir = if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    };
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

fn sorted(files: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files.truncate(MOST);
    files
}
