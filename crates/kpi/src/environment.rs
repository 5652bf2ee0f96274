//! The machine and the source that a capture was made with.

use crate::log::Adapter;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use sysinfo::System;

/// What a capture was made with. Whatever could not be found out is absent, never guessed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The commit that was checked out.
    pub commit: Option<String>,
    /// Whether files differed from that commit.
    pub dirty: Option<bool>,
    /// `rustc --version`.
    pub rustc: Option<String>,
    /// The operating system and its version.
    pub os: Option<String>,
    /// The processor's name.
    pub cpu: Option<String>,
    /// How many logical processors there are.
    pub cpu_threads: Option<u64>,
    /// Main memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// The graphics adapter, as the benchmark reported it.
    pub adapter: Option<Adapter>,
}

impl Environment {
    /// What can be found out without the benchmark; `dir` is in the source tree.
    pub fn observe(dir: &Path) -> Environment {
        let mut system = System::new();
        system.refresh_memory();
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        let cpu = system.cpus().first().map(|cpu| cpu.brand().trim());
        Environment {
            commit: output_of(dir, "git", &["rev-parse", "HEAD"]),
            dirty: output_of(dir, "git", &["status", "--porcelain"]).map(|said| !said.is_empty()),
            rustc: output_of(dir, "rustc", &["--version"]),
            os: System::long_os_version(),
            cpu: cpu.filter(|name| !name.is_empty()).map(str::to_owned),
            cpu_threads: Some(system.cpus().len() as u64).filter(|n| *n > 0),
            memory_bytes: Some(system.total_memory()).filter(|bytes| *bytes > 0),
            adapter: None,
        }
    }

    /// The machine in a few words.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        if let Some(adapter) = &self.adapter {
            parts.push(format!("{} ({})", adapter.name, adapter.driver));
        }
        if let Some(cpu) = &self.cpu {
            parts.push(match self.cpu_threads {
                Some(threads) => format!("{cpu}, {threads} threads"),
                None => cpu.clone(),
            });
        }
        parts.extend(self.os.clone());
        if let Some(commit) = &self.commit {
            let short: String = commit.chars().take(10).collect();
            let dirty = if self.dirty == Some(true) {
                " + changes"
            } else {
                ""
            };
            parts.push(format!("commit {short}{dirty}"));
        }
        if parts.is_empty() {
            "machine not recorded".to_owned()
        } else {
            parts.join(" · ")
        }
    }
}

/// The one-minute load average; systems that keep none say 0.
pub fn load_average_1m() -> f64 {
    System::load_average().one
}

fn output_of(dir: &Path, program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .current_dir(dir)
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
