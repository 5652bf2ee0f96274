//! `kpi import`: other programs' results as captures.

use super::arguments::Import;
use super::resolve::ContractSource;
use super::Console;
use openvm_kpi::capture::{CaptureFiles, Stamp};
use openvm_kpi::foreign::{criterion, hyperfine};
use openvm_kpi::record::Capture;
use openvm_kpi::report::terminal;
use openvm_kpi::{storage, Error};
use std::path::{Path, PathBuf};

/// What stands beside criterion's samples.
const BENCHMARK_FILE: &str = "benchmark.json";
const SAMPLES_FILE: &str = "sample.json";

pub fn run(what: &Import, contract: &ContractSource, console: &Console) -> Result<u8, Error> {
    let out_dir = match &what.out_dir {
        Some(dir) => dir.clone(),
        None => contract.contract()?.baselines_dir,
    };
    let mut captures = Vec::new();
    for path in &what.files {
        for file in files_of(path)? {
            let stamp = Stamp::of_file(&file)?;
            captures.extend(imported(&file)?.into_iter().map(|capture| (capture, stamp)));
        }
    }
    name_apart(what, &mut captures)?;
    let mut files = Vec::new();
    // All of them before the first is written.
    for (capture, stamp) in &captures {
        let of_capture = CaptureFiles::new(&out_dir, &capture.bench, *stamp, &what.label)?;
        if !what.force {
            of_capture.are_free()?;
        }
        files.push(of_capture);
    }
    storage::make_dir(&out_dir)?;
    for ((capture, _), files) in captures.iter().zip(&files) {
        storage::write_whole(&files.json, capture.to_json()?.as_bytes())?;
        console.note(&format!("wrote {}", files.json.display()));
        console.result(&terminal::capture(capture, console.is_coloured()))?;
    }
    Ok(0)
}

/// A file itself, or of a directory of criterion's every newest result.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut dirs = vec![path.to_owned()];
    while let Some(dir) = dirs.pop() {
        let entries = std::fs::read_dir(&dir).map_err(|e| read_error(&dir, e))?;
        for entry in entries {
            let path = entry.map_err(|e| read_error(&dir, e))?.path();
            let is_newest = path.ends_with(Path::new("new").join(SAMPLES_FILE));
            if is_newest {
                found.push(path);
            } else if path.is_dir() && !path.is_symlink() {
                dirs.push(path);
            }
        }
    }
    if found.is_empty() {
        return Err(Error::BadRecord {
            path: path.to_owned(),
            reason: format!("there is no new/{SAMPLES_FILE} of criterion's in it"),
        });
    }
    found.sort();
    Ok(found)
}

fn imported(file: &Path) -> Result<Vec<Capture>, Error> {
    let text = std::fs::read_to_string(file).map_err(|e| read_error(file, e))?;
    let captures = if file.ends_with(SAMPLES_FILE) {
        let beside = file.with_file_name(BENCHMARK_FILE);
        let benchmark = std::fs::read_to_string(&beside).map_err(|e| read_error(&beside, e))?;
        criterion::import(&text, &benchmark).map(|capture| vec![capture])
    } else if text.trim_start().starts_with("{\"reason\"") {
        criterion::import_messages(&text)
    } else {
        hyperfine::import(&text).map_err(|reason| {
            format!("{reason}: it should be hyperfine's --export-json, criterion's {SAMPLES_FILE}, or cargo-criterion's messages")
        })
    };
    captures.map_err(|reason| Error::BadRecord {
        path: file.to_owned(),
        reason,
    })
}

/// Gives every capture its label and time, and those of the same name a number.
fn name_apart(what: &Import, captures: &mut [(Capture, Stamp)]) -> Result<(), Error> {
    if what.bench.is_some() && captures.len() != 1 {
        return Err(Error::BenchNeedsOneResult {
            results: captures
                .iter()
                .map(|(capture, _)| capture.title.clone())
                .collect(),
        });
    }
    let mut taken: Vec<String> = Vec::new();
    for (capture, stamp) in captures {
        let name = what.bench.as_ref().unwrap_or(&capture.bench).clone();
        let numbered = (2..).map(|n: u32| format!("{name}-{n}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| !taken.contains(name));
        capture.bench = free.unwrap_or(name);
        taken.push(capture.bench.clone());
        capture.label.clone_from(&what.label);
        capture.captured_at = stamp.to_text();
    }
    Ok(())
}

fn read_error(path: &Path, source: std::io::Error) -> Error {
    Error::Read {
        name: path.display().to_string(),
        source,
    }
}
