//! Calling the command as a user would.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// What came of a call.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// The call ended well. Returns its results.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.stdout
    }

    /// The call failed with this exit code and an error with these words.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.stderr.contains("error: "), "{self:#?}");
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked at"), "{self:#?}");
    }
}

/// An empty directory to call the command in, with a home of its own and nothing above it.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A file there.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file there with these contents.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// The names of all files there.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// Calls the command there.
    pub fn call<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Outcome {
        run(self.command().args(arguments))
    }

    /// The command, to be called there.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-openvm-metal"));
        command.current_dir(self.0.path()).env_remove("RUST_LOG");
        // The toolchain stays where it is.
        if let Some(home) = std::env::home_dir() {
            for (variable, directory) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
                if std::env::var_os(variable).is_none() {
                    command.env(variable, home.join(directory));
                }
            }
        }
        // Guests have a directory of their own to be built in.
        for variable in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
            command.env_remove(variable);
        }
        command.env("HOME", self.0.path());
        command
    }
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A guest of the repository.
pub fn guest(name: &str) -> String {
    repository_file(&format!("guests/elf/{name}.elf"))
}

/// A VM configuration of the repository.
pub fn config(name: &str) -> String {
    repository_file(&format!("guests/config/{name}.toml"))
}

/// The `u64` that guests read, as `--input`.
pub fn input(n: u64) -> String {
    let bytes = n.to_le_bytes().map(|byte| format!("{byte:02x}"));
    format!("0x01{}", bytes.concat())
}

fn repository_file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    let path = path
        .canonicalize()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path.into_os_string().into_string().unwrap()
}
