//! What was measured, as a table for people and as JSON for machines.

use std::{collections::BTreeMap, time::Duration};

use bytesize::ByteSize;
use comfy_table::{presets, CellAlignment, Table};
use openvm_metal_backend::AdapterSummary;
use serde::Serialize;

use super::Phases;
use crate::progress::{counted, mhz};

/// One measured proof. Times are in nanoseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    pub wall_ns: u64,
    pub mhz: Option<f64>,
    /// Busy times of all segments and nodes together; none for upstream's prover, which does not tell.
    pub phases: Option<PhaseTimes>,
    /// How many segments' traces the host has made, by AIR.
    pub cpu_traces: BTreeMap<String, u64>,
    /// What each GPU did, in the order of the report's.
    pub adapters: Vec<AdapterRun>,
    pub host_peak_bytes: Option<u64>,
    /// Of the GPU with the highest, since it was opened.
    pub device_peak_bytes: Option<u64>,
}

/// What one GPU did in a run.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AdapterRun {
    pub proofs: usize,
    /// How much of the run it was making a proof, from 0 to 1.
    pub busy_share: f64,
}

/// What tells a GPU from others.
#[derive(Clone, Debug, Serialize)]
pub struct Adapter {
    pub index: usize,
    pub name: String,
    pub pci_address: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct PhaseTimes {
    pub execute_ns: u64,
    pub initial_memory_ns: u64,
    pub preflight_ns: u64,
    pub traces_ns: u64,
    pub prove_ns: u64,
    pub aggregate_traces_ns: u64,
    pub aggregate_prove_ns: u64,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub program: String,
    /// `app` or `stark`.
    pub kind: &'static str,
    pub adapter: String,
    pub adapters: Vec<Adapter>,
    pub instructions: Option<u64>,
    pub segments: Option<usize>,
    pub aggregation_nodes: Option<usize>,
    pub segment_max_memory_bytes: u64,
    pub warm_up: Run,
    pub runs: Vec<Run>,
}

impl From<&AdapterSummary> for Adapter {
    fn from(summary: &AdapterSummary) -> Self {
        Self {
            index: summary.index,
            name: summary.name.clone(),
            pci_address: summary.pci_address.clone(),
        }
    }
}

impl Run {
    /// A run on `n_adapters` GPUs.
    pub fn new(wall: Duration, phases: &Phases, n_adapters: usize) -> Self {
        let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let is_told = phases.segments > 0;
        let adapter = |device| {
            let (proofs, busy) = phases.adapters.of(device);
            let busy_share = busy.as_secs_f64() / wall.as_secs_f64().max(1e-9);
            AdapterRun { proofs, busy_share }
        };
        Self {
            wall_ns: ns(wall),
            mhz: is_told.then(|| mhz(phases.instructions, wall)),
            phases: is_told.then(|| PhaseTimes {
                execute_ns: ns(phases.execute),
                initial_memory_ns: ns(phases.initial_memory),
                preflight_ns: ns(phases.preflight),
                traces_ns: ns(phases.traces),
                prove_ns: ns(phases.prove),
                aggregate_traces_ns: ns(phases.aggregate_traces),
                aggregate_prove_ns: ns(phases.aggregate_prove),
            }),
            cpu_traces: phases.cpu_traces.clone(),
            adapters: (0..n_adapters).map(adapter).collect(),
            host_peak_bytes: None,
            device_peak_bytes: None,
        }
    }
}

impl Report {
    /// A table of the phases, and what else there is to know.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED);
        table.set_header(["", "median", "fastest", "slowest", "first run"]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for (name, phase) in PHASES {
            let Some(first) = self.warm_up.phases else {
                break;
            };
            let times = self
                .runs
                .iter()
                .filter_map(|run| run.phases)
                .map(|run| phase(&run));
            let times: Vec<_> = times.collect();
            if phase(&first) > 0 || times.iter().any(|time| *time > 0) {
                table.add_row(row(name, times, phase(&first), seconds));
            }
        }
        let wall = self.runs.iter().map(|run| run.wall_ns).collect();
        table.add_row(row("whole proof, s", wall, self.warm_up.wall_ns, seconds));
        let speeds: Vec<_> = self.runs.iter().filter_map(|run| run.mhz).collect();
        if let Some(first) = self.warm_up.mhz {
            table.add_row(row("speed, MHz", speeds, first, |mhz| format!("{mhz:.3}")));
        }
        let peaks = |peak: fn(&Run) -> Option<u64>| {
            let peaks: Vec<_> = self.runs.iter().filter_map(peak).collect();
            (peaks, peak(&self.warm_up))
        };
        let size = |bytes| ByteSize(bytes).to_string();
        if let (peaks, Some(first)) = peaks(|run| run.host_peak_bytes) {
            table.add_row(row("host memory", peaks, first, size));
        }
        if let (peaks, Some(first)) = peaks(|run| run.device_peak_bytes) {
            table.add_row(row("GPU memory", peaks, first, size));
        }
        for (device, adapter) in self.adapters.iter().enumerate() {
            let of_run = |run: &Run| run.adapters[device];
            let runs = self.runs.iter().map(of_run);
            let first = of_run(&self.warm_up);
            let name = |what: &str| format!("GPU {}, {what}", adapter.index);
            let proofs = runs.clone().map(|run| run.proofs).collect();
            table.add_row(row(&name("proofs"), proofs, first.proofs, |n| {
                n.to_string()
            }));
            let shares = runs.map(|run| run.busy_share).collect();
            table.add_row(row(&name("busy"), shares, first.busy_share, percent));
        }
        format!("{table}\n{}", self.conditions())
    }

    fn conditions(&self) -> String {
        let mut text = format!(
            "{} proofs of {} on {}",
            self.kind, self.program, self.adapter
        );
        if let (Some(instructions), Some(segments)) = (self.instructions, self.segments) {
            let instructions = counted(instructions, "instruction");
            let segments = counted(segments as u64, "segment");
            text += &format!(": {instructions} in {segments}");
        }
        if let Some(nodes) = self.aggregation_nodes.filter(|nodes| *nodes > 0) {
            text += &format!(", {}", counted(nodes as u64, "aggregation node"));
        }
        let traces = self.warm_up.cpu_traces.iter();
        let traces: Vec<_> = traces.map(|(air, n)| format!("\n  {n} of {air}")).collect();
        if !traces.is_empty() {
            text += &format!("\ntraces made on the host in each run:{}", traces.concat());
        }
        text
    }
}

type Phase = (&'static str, fn(&PhaseTimes) -> u64);

const PHASES: [Phase; 7] = [
    ("execute, s", |run| run.execute_ns),
    ("initial memory, s busy", |run| run.initial_memory_ns),
    ("preflight, s busy", |run| run.preflight_ns),
    ("traces, s busy", |run| run.traces_ns),
    ("prove, s busy", |run| run.prove_ns),
    ("aggregation traces, s busy", |run| run.aggregate_traces_ns),
    ("aggregation prove, s busy", |run| run.aggregate_prove_ns),
];

fn row<T: Copy + PartialOrd>(
    name: &str,
    mut values: Vec<T>,
    first: T,
    show: impl Fn(T) -> String,
) -> Vec<String> {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let shown = |value: Option<&T>| value.map_or_else(String::new, |value| show(*value));
    vec![
        name.to_owned(),
        // The lower of two in the middle: a value that was measured.
        shown(values.get(values.len().saturating_sub(1) / 2)),
        shown(values.first()),
        shown(values.last()),
        show(first),
    ]
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn seconds(ns: u64) -> String {
    format!("{:.3}", ns as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_show_median_and_extremes() {
        let row = row("wall", vec![4, 1, 3, 2], 9, |n| n.to_string());
        assert_eq!(row, ["wall", "2", "1", "4", "9"]);
    }
}
