//! The JSON file of one capture, and finding such files.

mod measure;
mod same_machine;
mod store;

pub use measure::{capture_of_log, plan_of_runs, Plan};
pub(crate) use measure::{has_any, one_adapter};
pub use same_machine::is_same_machine;
pub use store::{Found, Store};

use crate::contract::Combine;
use crate::environment::Environment;
use crate::error::Error;
use crate::machine::MachineState;
use crate::unit::Unit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the JSON file's form that this program writes and reads.
pub const SCHEMA: u32 = 1;

/// One benchmark's measured runs, and all that is known about how they came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The benchmark.
    pub bench: String,
    /// The benchmark's name for people.
    pub title: String,
    /// The capture's name.
    pub label: String,
    /// When it began, in UTC as `2026-02-20T20:46:15Z`; empty if a log does not say.
    pub captured_at: String,
    /// The command of every run; empty if a log does not say.
    pub command: String,
    /// How many runs came before the measured ones.
    pub warmup_runs: u32,
    /// The machine and the source.
    pub environment: Environment,
    /// The spans, in the order of tables.
    pub spans: Vec<RecordedSpan>,
    /// The measured runs.
    pub runs: Vec<Run>,
}

/// A span of a capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedSpan {
    /// The span's name.
    pub name: String,
    /// The unit in which it is shown.
    pub unit: Unit,
    /// How repeats within one run were combined.
    pub combine: Combine,
    /// The nearest recorded span around it, if it was the same one every time.
    pub within: Option<String>,
}

/// What was measured in one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// How long the whole command took, in nanoseconds; absent if read from a log.
    pub wall_ns: Option<u64>,
    /// How long processors worked for the command, all of its processes together, in nanoseconds; absent
    /// if read from a log, and where the system does not tell.
    #[serde(default)]
    pub cpu_ns: Option<u64>,
    /// The one-minute load average just before the run; absent if read from a log.
    pub load_average_1m: Option<f64>,
    /// The machine just before the run; absent if read from a log.
    #[serde(default)]
    pub before: Option<MachineState>,
    /// The machine just after the run; absent if read from a log.
    #[serde(default)]
    pub after: Option<MachineState>,
    /// The GPU's clock in MHz as the program reported it last, in `gpu_clock`.
    #[serde(default)]
    pub reported_gpu_mhz: Option<f64>,
    /// Why the run counts as made while the machine was busy; empty, if it does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub busy: Vec<String>,
    /// The durations of the spans that the run had, in nanoseconds.
    pub spans_ns: BTreeMap<String, u64>,
    /// The counters that the run reported.
    pub counters: BTreeMap<String, u64>,
}

impl Capture {
    /// The durations of one span, in nanoseconds, in the order of the runs that have it.
    pub fn durations_ns(&self, span: &str) -> Vec<f64> {
        self.runs
            .iter()
            .filter_map(|run| run.spans_ns.get(span))
            .map(|ns| *ns as f64)
            .collect()
    }

    /// How long the command took in every run, in nanoseconds, if every run has it.
    pub fn walls_ns(&self) -> Vec<f64> {
        self.of_every_run(|run| run.wall_ns)
    }

    /// How long processors worked for the command in every run, in nanoseconds, if every run has it.
    pub fn cpu_times_ns(&self) -> Vec<f64> {
        self.of_every_run(|run| run.cpu_ns)
    }

    fn of_every_run(&self, value: impl Fn(&Run) -> Option<u64>) -> Vec<f64> {
        let values: Option<Vec<f64>> = self
            .runs
            .iter()
            .map(|run| value(run).map(|ns| ns as f64))
            .collect();
        values.unwrap_or_default()
    }

    /// The values of one counter, in the order of the runs that have it.
    pub fn counter(&self, name: &str) -> Vec<u64> {
        self.runs
            .iter()
            .filter_map(|run| run.counters.get(name))
            .copied()
            .collect()
    }

    /// The names of all counters of all runs, in alphabetical order.
    pub fn counter_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .runs
            .iter()
            .flat_map(|run| run.counters.keys().cloned())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The span of this name.
    pub fn span(&self, name: &str) -> Option<&RecordedSpan> {
        self.spans.iter().find(|span| span.name == name)
    }

    /// The capture as its JSON file's text.
    pub fn to_json(&self) -> Result<String, Error> {
        let mut text = serde_json::to_string_pretty(self).map_err(|error| Error::Format {
            format: "JSON",
            reason: error.to_string(),
        })?;
        text.push('\n');
        Ok(text)
    }

    /// Reads a JSON file's text; the error is the reason alone.
    pub fn from_json(text: &str) -> Result<Capture, String> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let version: Version = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if version.schema != SCHEMA {
            return Err(format!(
                "schema {} is not known, this kpi reads schema {SCHEMA}",
                version.schema
            ));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}
