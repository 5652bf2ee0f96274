//! One benchmark, run as often as it should be.

use super::session::Session;
use super::{CaptureFiles, Progress, Stamp};
use crate::contract::Benchmark;
use crate::error::Error;
use crate::log::Section;
use crate::process::StopFlag;
use crate::record::Found;
use std::path::Path;
use std::time::Duration;

/// What to run, how often, and where to keep it.
#[derive(Clone, Copy, Debug)]
pub struct CapturePlan<'a> {
    /// What is recorded of each run.
    pub bench: &'a Benchmark,
    /// The shell command of each run.
    pub command: &'a str,
    /// Where it runs.
    pub dir: &'a Path,
    /// How many runs come first and are not used.
    pub warmup_runs: u32,
    /// How many runs are measured.
    pub runs: u32,
    /// Whether that is only the most there may be.
    pub is_open_ended: bool,
    /// How long each run may take.
    pub timeout: Duration,
    /// The capture's name.
    pub label: &'a str,
    /// When it began.
    pub stamp: Stamp,
    /// Where its files go.
    pub out_dir: &'a Path,
    /// Whether files of the same name are replaced.
    pub force: bool,
    /// What stops it early.
    pub stop: &'a StopFlag,
}

impl CapturePlan<'_> {
    /// Where this capture's files go.
    pub fn files(&self) -> Result<CaptureFiles, Error> {
        CaptureFiles::new(self.out_dir, &self.bench.name, self.stamp, self.label)
    }

    pub(super) fn sections(&self) -> Vec<Section> {
        let warmups = (0..self.warmup_runs).map(|_| Section::Warmup);
        warmups
            .chain((1..=self.runs).map(Section::Measured))
            .collect()
    }
}

/// Runs a benchmark and keeps its log and its values; nothing but the failed log stays if a run fails.
pub fn capture(plan: &CapturePlan<'_>, progress: &mut dyn Progress) -> Result<Found, Error> {
    let mut session = Session::begin(plan)?;
    let sections = plan.sections();
    for (done, section) in sections.iter().enumerate() {
        progress.begins(
            &plan.bench.name,
            *section,
            done as u32,
            sections.len() as u32,
        );
        if let Err(error) = session.run(*section, progress).map(drop) {
            return Err(session.fail(&in_words(*section), error));
        }
    }
    session.finish()
}

pub(super) fn in_words(section: Section) -> String {
    match section {
        Section::Warmup => "warm-up".to_owned(),
        Section::Measured(number) => format!("measured run {number}"),
        Section::Discarded => "discarding".to_owned(),
        Section::End => "the end".to_owned(),
    }
}
