//! Captures in other programs' forms.

use super::Console;
use openvm_kpi::record::Capture;
use openvm_kpi::{foreign, storage, Error};
use std::path::Path;

/// Writes hyperfine's form to `file`.
pub fn hyperfine<'a>(
    captures: impl IntoIterator<Item = &'a Capture>,
    file: &Path,
    console: &Console,
) -> Result<(), Error> {
    let text = foreign::hyperfine::export(captures)?;
    storage::write_whole(file, text.as_bytes())?;
    console.note(&format!("wrote {}", file.display()));
    Ok(())
}
