//! Sources, compiled and loaded.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use libloading::Library;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::clang::{compile, version, SHIM};

const ARGUMENTS: [&str; 8] = [
    "-x",
    "c++",
    "-std=c++14",
    "-O2",
    "-shared",
    "-fPIC",
    "-nostdlib",
    "-fvisibility=hidden",
];

/// Compiles a source, unless it has been before, and loads it. The error is what the compiler says, or that there is none.
pub(super) fn load(label: &str, source: &str, further: &[&str]) -> Result<Library, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{label}: {what}: {error}");
    let compiler = compiler()?;
    let mut hash = Sha256::new();
    for part in [compiler, source]
        .into_iter()
        .chain(ARGUMENTS)
        .chain(further.iter().copied())
    {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let hash: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let directory = directory();
    let path = directory.join(hash).with_extension("so");
    if !path.exists() {
        fs::create_dir_all(&directory).map_err(|error| failed("no directory", &error))?;
        // Under its name when it is whole, as others may compile it, too.
        let partial =
            NamedTempFile::new_in(&directory).map_err(|error| failed("no file", &error))?;
        let output = partial
            .path()
            .to_str()
            .ok_or("the directory's name is not text")?;
        let arguments = ARGUMENTS.into_iter().chain(further.iter().copied());
        let arguments: Vec<&str> = arguments.chain(["-o", output]).collect();
        let compiled = compile(&arguments, source);
        if !compiled.status.success() {
            let messages = String::from_utf8_lossy(&compiled.stderr);
            return Err(failed("the compiler refuses the text", &messages));
        }
        fs::write(path.with_extension("cpp"), source)
            .map_err(|error| failed("no source", &error))?;
        partial
            .persist(&path)
            .map_err(|error| failed("no library", &error))?;
    }
    // SAFETY: nothing in it runs when it is loaded: the text has no variables to be initialised.
    unsafe { Library::new(&path) }.map_err(|error| failed("cannot be loaded", &error))
}

/// The compiler's version, and the headers that it includes.
fn compiler() -> Result<&'static str, String> {
    static COMPILER: OnceLock<Result<String, String>> = OnceLock::new();
    let read = || {
        let mut all = version("what the kernels' text in Metal's language computes")?;
        let entries = fs::read_dir(SHIM).map_err(|error| format!("{SHIM}: {error}"))?;
        let mut headers: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        headers.sort();
        for header in headers.iter().filter(|path| path.is_file()) {
            all += &fs::read_to_string(header)
                .map_err(|error| format!("{}: {error}", header.display()))?;
        }
        Ok(all)
    };
    let compiler = COMPILER.get_or_init(read);
    compiler.as_deref().map_err(Clone::clone)
}

/// Beside the tests' own programs.
fn directory() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let profile = program.ancestors().nth(2);
    profile.unwrap_or(Path::new(".")).join("metal-text")
}
