//! How a proof comes along: bars on a terminal, a line at its start and its end elsewhere.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressStyle};
use openvm_metal_backend::AdapterSummary;
use openvm_metal_cluster::{ClusterObserver, Notice};
use openvm_metal_sdk::{Event, Observer};

use crate::{
    console::Console,
    proving::{AdapterUse, Engine},
};

const STEPS: &str = "{prefix:>10} {bar:30} {pos}/{len} {msg}";
const WORKING: &str = "{spinner} {msg}, {elapsed}";
const TICK: Duration = Duration::from_millis(100);

/// The progress of one proof.
pub struct Progress {
    console: Console,
    guest: PathBuf,
    started: Instant,
    setup: Duration,
    bars: Option<Bars>,
    segments: u64,
    instructions: u64,
    /// Of each segment.
    lengths: Vec<u64>,
    instructions_proven: u64,
    adapters: Vec<AdapterSummary>,
    adapter_use: AdapterUse,
}

struct Bars {
    all: MultiProgress,
    working: ProgressBar,
    traced: ProgressBar,
    /// Segments, some of which may be traced twice.
    traced_segments: BTreeSet<usize>,
    proven: ProgressBar,
    nodes: Option<ProgressBar>,
}

impl Progress {
    /// Says that the proof of `guest` begins.
    pub fn start(console: &Console, guest: &Path, engine: &Engine) -> Self {
        let tells_nothing = matches!(engine, Engine::Cpu);
        let adapters = engine.adapters().to_vec();
        Self::start_on(console, guest, &engine.name(), adapters, tells_nothing)
    }

    /// Says that the proof of `guest` begins, by the workers of the server at `url`.
    pub fn start_on_cluster(console: &Console, guest: &Path, url: &str) -> Self {
        Self::start_on(console, guest, url, vec![], false)
    }

    fn start_on(
        console: &Console,
        guest: &Path,
        place: &str,
        adapters: Vec<AdapterSummary>,
        tells_nothing: bool,
    ) -> Self {
        let what = format!("proving {} on {place}", guest.display());
        let bars = console.has_bars().then(|| Bars::new(&what, tells_nothing));
        if bars.is_none() {
            console.note(&what);
        }
        Self {
            console: *console,
            guest: guest.to_owned(),
            started: Instant::now(),
            setup: Duration::ZERO,
            bars,
            segments: 0,
            instructions: 0,
            lengths: vec![],
            instructions_proven: 0,
            adapters,
            adapter_use: AdapterUse::start(),
        }
    }

    /// The prover is ready: what comes now is the proof.
    pub fn prover_is_ready(&mut self) {
        self.setup = self.started.elapsed();
        self.started = Instant::now();
        self.adapter_use = AdapterUse::start();
    }

    /// Says that proofs of others were checked.
    pub fn checked(&self, n: usize, time: Duration) {
        let (checked, seconds) = (counted(n as u64, "proof"), time.as_secs_f64());
        self.say(&format!("checked {checked} of workers in {seconds:.1} s"));
    }

    /// Says that it was made.
    pub fn finish(mut self) {
        // Bars would come back over what is said next.
        self.bars = None;
        let time = self.started.elapsed();
        let seconds = time.as_secs_f64();
        let (guest, setup) = (self.guest.display(), self.setup.as_secs_f64());
        let mut line = format!("proved {guest} in {seconds:.1} s after {setup:.1} s of setup");
        if self.instructions > 0 {
            line += &format!(
                ": {} in {}, {:.2} MHz",
                counted(self.instructions, "instruction"),
                counted(self.segments, "segment"),
                mhz(self.instructions, time)
            );
        }
        self.console.note(&line);
        // One GPU has made them all.
        let several = self.adapters.iter().enumerate();
        for (device, adapter) in several.filter(|_| self.adapters.len() > 1) {
            let (proofs, busy) = self.adapter_use.of(device);
            self.console.note(&format!(
                "GPU {}: {}, busy {:.0} % of the time",
                adapter.listing(),
                counted(proofs as u64, "proof"),
                busy.as_secs_f64() / seconds.max(1e-9) * 100.0
            ));
        }
    }

    /// Says something while there may be bars.
    fn say(&self, line: &str) {
        match &self.bars {
            // Nobody may be looking any more.
            Some(bars) => drop(bars.all.println(line)),
            None => self.console.note(line),
        }
    }
}

/// So many things.
pub fn counted(n: u64, thing: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", HumanCount(n))
}

/// Millions of instructions a second.
pub fn mhz(instructions: u64, time: Duration) -> f64 {
    instructions as f64 / time.as_secs_f64().max(1e-9) / 1e6
}

impl Observer for Progress {
    fn on_event(&mut self, event: &Event) {
        self.adapter_use.on_event(event);
        match *event {
            Event::SegmentFound { instructions, .. } => {
                self.segments += 1;
                self.instructions += instructions;
                self.lengths.push(instructions);
            }
            Event::SegmentProven { segment, .. } => {
                self.instructions_proven += self.lengths.get(segment).copied().unwrap_or(0);
            }
            Event::DeviceLost {
                device,
                ref error,
                segments,
                nodes,
            } => {
                let adapter = self.adapters.get(device);
                let adapter = adapter.map_or_else(String::new, AdapterSummary::listing);
                self.say(&format!(
                    "GPU {adapter} was lost ({error}): the others make its {} and {} again",
                    counted(segments as u64, "segment"),
                    counted(nodes as u64, "aggregation node")
                ));
            }
            _ => {}
        }
        let speed = mhz(self.instructions_proven, self.started.elapsed());
        let segments = self.segments;
        if let Some(bars) = &mut self.bars {
            bars.show(event, segments, speed);
        }
    }
}

impl ClusterObserver for Progress {
    fn on_notice(&mut self, notice: &Notice) {
        self.say(&notice.to_string());
    }
}

impl Bars {
    fn new(what: &str, is_all_there_is: bool) -> Self {
        let all = MultiProgress::new();
        let working = all.add(ProgressBar::new_spinner());
        working.set_style(style(WORKING));
        working.set_message(what.to_owned());
        working.enable_steady_tick(TICK);
        let bar = |name: &'static str| {
            let bar = ProgressBar::new(0)
                .with_style(style(STEPS))
                .with_prefix(name);
            match is_all_there_is {
                true => bar,
                false => all.add(bar),
            }
        };
        let (traced, proven) = (bar("traced"), bar("proven"));
        Self {
            all,
            working,
            traced,
            traced_segments: BTreeSet::new(),
            proven,
            nodes: None,
        }
    }

    fn show(&mut self, event: &Event, segments: u64, speed: f64) {
        match event {
            Event::SegmentFound { .. } => {
                self.traced.set_length(segments);
                self.proven.set_length(segments);
                self.traced.set_message("segments so far");
                self.proven.set_message("segments so far");
            }
            Event::ProgramExecuted {
                nodes,
                instructions,
                ..
            } => {
                let instructions = counted(*instructions, "instruction");
                self.traced.set_message(format!("segments, {instructions}"));
                self.proven.set_message("segments");
                if *nodes > 0 {
                    let bar = ProgressBar::new(*nodes as u64).with_style(style(STEPS));
                    let bar = self.all.add(bar.with_prefix("aggregated"));
                    bar.set_message("nodes");
                    self.nodes = Some(bar);
                }
            }
            Event::SegmentTraced { segment, .. } => {
                self.traced_segments.insert(*segment);
                self.traced.set_position(self.traced_segments.len() as u64);
            }
            Event::SegmentProven { .. } => {
                self.proven.inc(1);
                let left = self.proven.eta().as_secs();
                self.proven
                    .set_message(format!("segments, {speed:.2} MHz, {left} s left"));
            }
            Event::NodeProven { .. } => {
                if let Some(nodes) = &self.nodes {
                    nodes.inc(1);
                }
            }
            _ => {}
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.working.finish_and_clear();
        // Nobody may be looking any more.
        let _ = self.all.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
