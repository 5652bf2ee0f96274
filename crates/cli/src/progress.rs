//! How a proof comes along: bars on a terminal, a line at its start and its end elsewhere.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressStyle};
use openvm_metal_sdk::{Event, Observer};

use crate::{console::Console, proving::Engine};

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
}

struct Bars {
    all: MultiProgress,
    working: ProgressBar,
    traced: ProgressBar,
    proven: ProgressBar,
    nodes: Option<ProgressBar>,
}

impl Progress {
    /// Says that the proof of `guest` begins.
    pub fn start(console: &Console, guest: &Path, engine: &Engine) -> Self {
        let what = format!("proving {} on {}", guest.display(), engine.name());
        let bars = console
            .has_bars()
            .then(|| Bars::new(&what, matches!(engine, Engine::Cpu)));
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
        }
    }

    /// The prover is ready: what comes now is the proof.
    pub fn prover_is_ready(&mut self) {
        self.setup = self.started.elapsed();
        self.started = Instant::now();
    }

    /// Says that it was made.
    pub fn finish(mut self) {
        // Bars would come back over what is said next.
        self.bars = None;
        let seconds = self.started.elapsed().as_secs_f64();
        let (guest, setup) = (self.guest.display(), self.setup.as_secs_f64());
        let mut line = format!("proved {guest} in {seconds:.1} s after {setup:.1} s of setup");
        if self.instructions > 0 {
            line += &format!(
                ": {} in {}, {:.2} MHz",
                counted(self.instructions, "instruction"),
                counted(self.segments, "segment"),
                mhz(self.instructions, self.started.elapsed())
            );
        }
        self.console.note(&line);
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
        match *event {
            Event::SegmentFound { instructions, .. } => {
                self.segments += 1;
                self.instructions += instructions;
                self.lengths.push(instructions);
            }
            Event::SegmentProven { segment, .. } => {
                self.instructions_proven += self.lengths.get(segment).copied().unwrap_or(0);
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
            Event::SegmentTraced { .. } => self.traced.inc(1),
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
