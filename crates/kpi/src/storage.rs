//! Writing files so that no half-written one is ever seen.

use crate::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Replaces a file by `bytes`. If that fails, what was there before is still there, whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside = beside(path, "tmp");
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    written.map_err(|error| {
        // The first error is the one to report; a file that was never made cannot be removed.
        let _ = fs::remove_file(&beside);
        Error::write(path, error)
    })
}

/// Makes a directory and those above it.
pub fn make_dir(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| Error::write(path, error))
}

/// `path` with something more at its end: `a.log` becomes `a.log.tmp`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}
