//! The files of one capture.

use crate::contract::check_name;
use crate::error::Error;
use crate::storage::beside;
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

/// The moment at which a capture began.
#[derive(Clone, Copy, Debug)]
pub struct Stamp(DateTime<Utc>);

impl Stamp {
    /// This moment.
    pub fn now() -> Stamp {
        Stamp(Utc::now())
    }

    /// When a file was last changed.
    pub fn of_file(path: &Path) -> Result<Stamp, Error> {
        let changed = std::fs::metadata(path).and_then(|about| about.modified());
        let changed = changed.map_err(|error| Error::read_file(path, error))?;
        Ok(Stamp(changed.into()))
    }

    /// `2026-02-20`, in UTC.
    pub fn date(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// `2026-02-20T20:46:15Z`.
    pub fn to_text(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// Where one capture's log and JSON go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureFiles {
    /// The raw log of all runs.
    pub log: PathBuf,
    /// What was read from it.
    pub json: PathBuf,
    /// The log while it is being written.
    pub partial: PathBuf,
    /// The JSON until both can be put in place.
    pub json_partial: PathBuf,
    stem: PathBuf,
}

impl CaptureFiles {
    /// `<dir>/<bench>-<date>-<label>.log` and what belongs to it.
    pub fn new(dir: &Path, bench: &str, stamp: Stamp, label: &str) -> Result<Self, Error> {
        check_name("benchmark name", bench)?;
        check_name("label", label)?;
        let stem = dir.join(format!("{bench}-{}-{label}", stamp.date()));
        let log = beside(&stem, "log");
        Ok(CaptureFiles {
            json: beside(&stem, "json"),
            json_partial: beside(&stem, "json.partial"),
            partial: beside(&log, "partial"),
            log,
            stem,
        })
    }

    /// Fails if anything would be overwritten.
    pub fn are_free(&self) -> Result<(), Error> {
        for path in [&self.log, &self.json] {
            if path.exists() {
                return Err(Error::Exists { path: path.clone() });
            }
        }
        if self.partial.exists() {
            return Err(Error::PartialExists {
                path: self.partial.clone(),
            });
        }
        Ok(())
    }

    /// A name for the log of a failed capture that no earlier one has.
    pub(super) fn free_failed_log(&self) -> PathBuf {
        let first = beside(&self.stem, "failed.log");
        let numbered = (2..).map(|n: u32| beside(&self.stem, &format!("failed-{n}.log")));
        std::iter::once(first)
            .chain(numbered)
            .find(|path| !path.exists())
            .unwrap_or_else(|| self.partial.clone())
    }
}
