//! The directory of captures.

use super::Capture;
use crate::error::Error;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A directory with the JSON files of captures.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

/// A capture and its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The JSON file.
    pub path: PathBuf,
    /// What is in it.
    pub capture: Capture,
}

impl Store {
    /// The captures in `dir`, which need not exist yet.
    pub fn new(dir: impl Into<PathBuf>) -> Store {
        Store { dir: dir.into() }
    }

    /// Where the captures are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All captures, oldest first.
    pub fn all(&self) -> Result<Vec<Found>, Error> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::read_file(&self.dir, error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| Error::read_file(&self.dir, e))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let capture = read_json(&path)?;
                found.push(Found { path, capture });
            }
        }
        found.sort_by(|a, b| age_of(a).cmp(&age_of(b)));
        Ok(found)
    }

    /// The newest capture of a benchmark with this label.
    pub fn labelled(&self, bench: &str, label: &str) -> Result<Found, Error> {
        let all = self.all()?;
        let is_wanted =
            |found: &&Found| found.capture.bench == bench && found.capture.label == label;
        if let Some(found) = all.iter().rev().find(is_wanted) {
            return Ok(found.clone());
        }
        let of_bench = all.into_iter().filter(|found| found.capture.bench == bench);
        let labels: BTreeSet<String> = of_bench.map(|found| found.capture.label).collect();
        Err(Error::NoBaseline {
            name: label.to_owned(),
            bench: bench.to_owned(),
            dir: self.dir.clone(),
            labels: labels.into_iter().collect(),
        })
    }
}

/// Reads one JSON file.
pub(crate) fn read_json(path: &Path) -> Result<Capture, Error> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::read_file(path, e))?;
    Capture::from_json(&text).map_err(|reason| Error::BadRecord {
        path: path.to_owned(),
        reason,
    })
}

impl Found {
    /// Reads the JSON file at `path`.
    pub fn read(path: &Path) -> Result<Found, Error> {
        Ok(Found {
            path: path.to_owned(),
            capture: read_json(path)?,
        })
    }
}

fn age_of(found: &Found) -> (&str, &Path) {
    (&found.capture.captured_at, &found.path)
}
