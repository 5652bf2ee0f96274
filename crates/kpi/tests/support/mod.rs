//! A directory with a contract, and the binary run in it.

#![allow(dead_code, reason = "every test file uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The public log that the issue's figures are of.
pub const M8_LOG: &str = include_str!("../data/keccakf-2026-02-20-m8.log");

/// A contract with a quick benchmark, whose command prints a log of its own.
pub const QUICK_CONTRACT: &str = r#"
schema = 1
baselines = "baselines"
milestone = ["quick"]

[[bench]]
name = "quick"
title = "Quick"
command = "sh bench.sh"
warmup = 1
runs = 5
timeout_s = 60
spans = [
    { name = "prove" },
    { name = "commit" },
    { name = "fold", required = false, combine = "max" },
]
counters = [{ name = "submissions" }, { name = "peak_bytes" }, { name = "host_fallback" }]

[bench.gate]
baseline = "base"
max_slowdown_percent = 10.0
min_effect_ms = 1.0
counter = [
    { name = "submissions", against_baseline = "equal" },
    { name = "peak_bytes", max = 5000 },
    { name = "host_fallback", max = 0, against_baseline = "ignore" },
]
"#;

/// What a quick benchmark prints.
#[derive(Clone, Copy)]
pub struct Script {
    /// The outermost span, in milliseconds; a run adds its number in tenths of a millisecond.
    pub prove_ms: u32,
    pub submissions: u32,
    pub peak_bytes: u32,
    pub adapter: &'static str,
    pub fallbacks: u32,
}

pub const SCRIPT: Script = Script {
    prove_ms: 100,
    submissions: 3,
    peak_bytes: 4000,
    adapter: "Test GPU",
    fallbacks: 0,
};

impl Script {
    pub fn text(&self) -> String {
        let Script {
            prove_ms,
            submissions,
            peak_bytes,
            adapter,
            fallbacks,
        } = *self;
        let fallback = "echo 'WARN     ┝━ 🚧 [warn]: host_fallback | stage: \"whir\"'\n"
            .repeat(fallbacks as usize);
        format!(
            r#"echo run >> runs.txt
n=$(wc -l < runs.txt | tr -d ' ')
echo 'INFO     ｉ [info]: gpu_adapter | name: "{adapter}" | driver: "1.2.3" | backend: "vulkan"'
echo "INFO     prove [ {prove_ms}.$((n % 7))ms | 10.00% / 100.00% ]"
echo "INFO     ┝━ commit [ 40.0ms | 40.00% ]"
echo "INFO     │  ┕━ ｉ [info]: gpu_counters | stage: \"commit\" | submissions: 1 | peak_bytes: {peak_bytes}"
{fallback}echo "INFO     ┝━ fold [ 2.00ms | 2.00% ]"
echo "INFO     ┝━ fold [ 7.00ms | 7.00% ]"
echo "INFO     ┕━ ｉ [info]: gpu_counters | stage: \"fold\" | submissions: $(({submissions} - 1)) | peak_bytes: 10"
"#
        )
    }
}

pub struct Workspace {
    dir: tempfile::TempDir,
}

/// What the binary said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Workspace {
    pub fn new() -> Workspace {
        let workspace = Workspace {
            dir: tempfile::tempdir().expect("a temporary directory"),
        };
        workspace.write("kpi.toml", QUICK_CONTRACT);
        workspace.write("bench.sh", SCRIPT.text());
        workspace
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, text).expect("a file");
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file to read")
    }

    /// The names of the files in a directory, sorted, with today's date replaced by `DATE`.
    pub fn files(&self, name: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(name)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .map(|name| without_date(&name))
            .collect();
        names.sort();
        names
    }

    /// The one file of a directory whose name, with the date replaced, is `name`.
    pub fn dated(&self, dir: &str, name: &str) -> PathBuf {
        fs::read_dir(self.path(dir))
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .find(|path| {
                without_date(&path.file_name().unwrap_or_default().to_string_lossy()) == name
            })
            .unwrap_or_else(|| panic!("{name} in {:?}", self.files(dir)))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kpi"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    pub fn kpi(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().expect("kpi runs"))
    }

    /// Runs a step of a test's set-up, which has to succeed.
    pub fn must(&self, arguments: &[&str]) -> Said {
        let said = self.kpi(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
        said
    }
}

pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The contract that the repository ships.
pub fn shipped_contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kpi.toml")
}

fn without_date(name: &str) -> String {
    let date_at = |at: usize| {
        let date = name.get(at..at + 10)?;
        let is_date = date.bytes().enumerate().all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        is_date.then_some(date)
    };
    match (0..name.len()).find_map(date_at) {
        Some(date) => name.replace(date, "DATE"),
        None => name.to_owned(),
    }
}
