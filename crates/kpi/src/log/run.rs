//! What one run reported.

use super::duration::DurationError;
use super::nearest::NearMiss;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many different span names, and how many different counters, one run may have: 4,096.
pub const MAX_NAMES: usize = 4096;

/// How many unwanted spans are remembered, to name what there is: 8.
pub const MAX_UNWANTED: usize = 8;

/// Every occurrence of one span within one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrences {
    /// The span's name.
    pub name: String,
    /// All durations added up.
    pub sum_ns: u64,
    /// The duration that the log names first.
    pub first_ns: u64,
    /// The shortest duration.
    pub min_ns: u64,
    /// The longest duration.
    pub max_ns: u64,
    /// How often the span occurs.
    pub count: u64,
    /// The first line, from 1, that has only a sum over several calls: then no single call's duration,
    /// be it the first, the shortest or the longest, is known.
    pub summed_at: Option<u64>,
    /// The nearest wanted span around it, if it is the same one every time.
    pub within: Option<String>,
    /// The first duration that could not be read.
    pub unreadable: Option<Unreadable>,
}

/// A duration that could not be read, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line of the log, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: DurationError,
}

/// The graphics adapter as the program reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// The device's name.
    pub name: String,
    /// The driver and its version.
    pub driver: String,
    /// The interface through which it was used, such as `vulkan` or `metal`.
    pub backend: String,
}

/// What one run reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunLog {
    /// The wanted spans, in the order of their first appearance.
    pub spans: Vec<Occurrences>,
    /// The deterministic counters: peaks are the largest, all others the sum of what was reported.
    pub counters: BTreeMap<String, u64>,
    /// The adapter, if the program named one.
    pub adapter: Option<Adapter>,
    /// The GPU's clock in MHz, as the program reported it last.
    pub gpu_mhz: Option<u64>,
    /// How many lines were not UTF-8.
    pub invalid_utf8_lines: u64,
    /// Some of the spans that were there and not wanted, at most [`MAX_UNWANTED`].
    pub unwanted: Vec<String>,
    /// What looks most like a span, where nothing is one.
    pub nearest: Option<NearMiss>,
}

impl RunLog {
    /// The occurrences of one span.
    pub fn span(&self, name: &str) -> Option<&Occurrences> {
        self.spans.iter().find(|span| span.name == name)
    }
}
