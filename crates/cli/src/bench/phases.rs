//! How long the phases of a proof kept someone busy.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use openvm_metal_sdk::{Event, Observer};

use crate::proving::AdapterUse;

/// The phases of one proof, as its events tell. Phases of several segments run at the same time, so that
/// the sum is more than the whole proof takes.
#[derive(Clone, Debug)]
pub struct Phases {
    started: Instant,
    pub segments: usize,
    pub nodes: usize,
    pub instructions: u64,
    pub execute: Duration,
    pub initial_memory: Duration,
    pub preflight: Duration,
    pub traces: Duration,
    pub prove: Duration,
    pub aggregate_traces: Duration,
    pub aggregate_prove: Duration,
    /// How many segments' traces the host has made, by AIR.
    pub cpu_traces: BTreeMap<String, u64>,
    pub adapters: AdapterUse,
}

impl Phases {
    /// Of a proof that starts now.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            segments: 0,
            nodes: 0,
            instructions: 0,
            execute: Duration::ZERO,
            initial_memory: Duration::ZERO,
            preflight: Duration::ZERO,
            traces: Duration::ZERO,
            prove: Duration::ZERO,
            aggregate_traces: Duration::ZERO,
            aggregate_prove: Duration::ZERO,
            cpu_traces: BTreeMap::new(),
            adapters: AdapterUse::start(),
        }
    }
}

impl Observer for Phases {
    fn on_event(&mut self, event: &Event) {
        self.adapters.on_event(event);
        match event {
            Event::ProgramExecuted {
                segments,
                instructions,
                nodes,
            } => {
                self.segments = *segments;
                self.instructions = *instructions;
                self.nodes = *nodes;
                self.execute = self.started.elapsed();
            }
            Event::SegmentTraced {
                times, cpu_traces, ..
            } => {
                self.initial_memory += times.memory;
                self.preflight += times.preflight;
                self.traces += times.traces;
                for air in cpu_traces {
                    *self.cpu_traces.entry(air.clone()).or_default() += 1;
                }
            }
            Event::SegmentProven { time, .. } => self.prove += *time,
            Event::NodeTraced { time, .. } => self.aggregate_traces += *time,
            Event::NodeProven { time, .. } => self.aggregate_prove += *time,
            _ => {}
        }
    }
}
