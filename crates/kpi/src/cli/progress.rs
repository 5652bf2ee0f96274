//! How runs go on: a bar on a terminal, a line per run elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use openvm_kpi::capture::Progress;
use openvm_kpi::log::Section;
use std::io::{IsTerminal, Write};
use std::time::Duration;

const TEMPLATE: &str = "{prefix} {bar:24} {pos}/{len} runs, {elapsed}  {msg}";
const TICK: Duration = Duration::from_millis(100);

pub struct RunProgress {
    bar: ProgressBar,
    /// Elsewhere than on a terminal, unless quiet.
    says_lines: bool,
    run: String,
    last_total: String,
}

impl RunProgress {
    pub fn new(is_quiet: bool) -> RunProgress {
        let target = if is_quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        RunProgress {
            says_lines: !is_quiet && !std::io::stderr().is_terminal(),
            bar,
            run: String::new(),
            last_total: String::new(),
        }
    }
}

impl Progress for RunProgress {
    fn begins(&mut self, bench: &str, section: Section, done: u32, total: u32) {
        let run = match section {
            Section::Warmup => "warm-up".to_owned(),
            Section::Measured(number) => format!("measured run {number}"),
            Section::Discarded | Section::End => "end".to_owned(),
        };
        self.run = format!("{bench}: {run} ({} of {total})", done + 1);
        self.bar.set_prefix(bench.to_owned());
        self.bar.set_length(u64::from(total));
        self.bar.set_position(u64::from(done));
        self.bar.set_message(format!("{run}{}", self.last_total));
        self.bar.enable_steady_tick(TICK);
    }

    fn ended(&mut self, wall: Duration, top_span: Option<(&str, u64)>) {
        let total = match top_span {
            Some((name, ns)) => format!("{name} {:.2} ms", ns as f64 / 1e6),
            None => "no span".to_owned(),
        };
        self.last_total = format!(", last: {total}");
        if self.says_lines {
            // Nobody may be listening, and there is no one else to tell.
            let _ = writeln!(
                std::io::stderr(),
                "{} took {:.2} s, {total}",
                self.run,
                wall.as_secs_f64()
            );
        }
    }
}

impl Drop for RunProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
