//! Two commands in pairs of runs, in random order, until it is known which is faster.

use super::plan::in_words;
use super::session::Session;
use super::{CapturePlan, Progress};
use crate::compare::Pairing;
use crate::error::Error;
use crate::log::Section;
use crate::record::{Capture, Found};
use crate::stats::Looks;
use std::time::{Duration, Instant};

/// Two commands to run in pairs.
#[derive(Clone, Copy, Debug)]
pub struct PairedPlan<'a> {
    /// What to compare with.
    pub base: CapturePlan<'a>,
    /// What to compare.
    pub new: CapturePlan<'a>,
    /// What the order within the pairs is drawn from.
    pub seed: u64,
    /// When to look whether it can end; the last look is the end.
    pub looks: &'a Looks,
    /// No pair begins later than this.
    pub max_time: Option<Duration>,
    /// Whether pairs during which the machine was busy are made again, each at most once on average.
    pub discard_busy: bool,
}

/// Whether a look has found what there is to find.
pub type OnLook<'a> = dyn FnMut(&Capture, &Capture, &Pairing) -> bool + 'a;

/// Runs the pairs and keeps both captures. `on_look` gets what there is so far, and ends it with `true`;
/// the last look is always at all there is.
pub fn capture_pairs(
    plan: &PairedPlan<'_>,
    progress: &mut dyn Progress,
    on_look: &mut OnLook<'_>,
) -> Result<(Found, Found), Error> {
    let base = Session::begin(&plan.base)?;
    let new = match Session::begin(&plan.new) {
        Ok(session) => session,
        Err(error) => return Err(base.fail("the other side", error)),
    };
    let mut pairs = Pairs {
        plan,
        base,
        new,
        order: fastrand::Rng::with_seed(plan.seed),
        runs_begun: 0,
    };
    match pairs.run(progress, on_look) {
        Ok(()) => Ok((pairs.base.finish()?, pairs.new.finish()?)),
        Err((side, section, error)) => Err(pairs.fail(side, section, error)),
    }
}

/// One of the two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Base,
    New,
}

struct Pairs<'a> {
    plan: &'a PairedPlan<'a>,
    base: Session<'a>,
    new: Session<'a>,
    order: fastrand::Rng,
    runs_begun: u32,
}

type Failure = (Side, Section, Error);

impl Pairs<'_> {
    fn run(
        &mut self,
        progress: &mut dyn Progress,
        on_look: &mut OnLook<'_>,
    ) -> Result<(), Failure> {
        for _ in 0..self.plan.base.warmup_runs {
            self.pair(Section::Warmup, progress)?;
        }
        let start = Instant::now();
        let is_over = || {
            self.plan
                .max_time
                .is_some_and(|most| start.elapsed() >= most)
        };
        let most = self.plan.looks.last();
        let mut pairing = Pairing {
            pairs: 0,
            seed: Some(self.plan.seed),
            looks: 0,
            looks_planned: self.plan.looks.planned(),
            pairs_discarded: 0,
            busy_runs: 0,
        };
        while pairing.pairs < most {
            let section = Section::Measured(pairing.pairs + 1);
            let busy_runs = self.pair(section, progress)?;
            if busy_runs > 0 && self.plan.discard_busy && pairing.pairs_discarded < most {
                self.discard(section)?;
                pairing.pairs_discarded += 1;
                if is_over() && pairing.pairs > 0 {
                    break;
                }
                continue;
            }
            pairing.pairs += 1;
            pairing.busy_runs += busy_runs;
            if is_over() {
                break;
            }
            if self.plan.looks.is_due(pairing.pairs) && pairing.pairs < most {
                pairing.looks += 1;
                if self.look(&pairing, on_look)? {
                    return Ok(());
                }
            }
        }
        pairing.looks += 1;
        self.look(&pairing, on_look)?;
        Ok(())
    }

    /// Runs both commands once, and says how many of the two runs the machine was busy during.
    fn pair(&mut self, section: Section, progress: &mut dyn Progress) -> Result<u32, Failure> {
        let order = if self.order.bool() {
            [Side::Base, Side::New]
        } else {
            [Side::New, Side::Base]
        };
        let total = 2 * (self.plan.base.warmup_runs + self.plan.looks.last());
        let mut busy_runs = 0;
        for side in order {
            let (session, label) = match side {
                Side::Base => (&mut self.base, self.plan.base.label),
                Side::New => (&mut self.new, self.plan.new.label),
            };
            // Discarded runs are runs as well, so there may be more than planned.
            progress.begins(
                label,
                section,
                self.runs_begun,
                total.max(self.runs_begun + 1),
            );
            self.runs_begun += 1;
            let run = session.run(section, progress);
            let run = run.map_err(|error| (side, section, error))?;
            busy_runs += u32::from(!run.busy.is_empty());
        }
        Ok(busy_runs)
    }

    fn discard(&mut self, section: Section) -> Result<(), Failure> {
        self.base
            .discard()
            .map_err(|error| (Side::Base, section, error))?;
        self.new
            .discard()
            .map_err(|error| (Side::New, section, error))
    }

    fn look(&self, pairing: &Pairing, on_look: &mut OnLook<'_>) -> Result<bool, Failure> {
        let of = |side, session: &Session<'_>| {
            session
                .capture()
                .map_err(|error| (side, Section::End, error))
        };
        let base = of(Side::Base, &self.base)?;
        let new = of(Side::New, &self.new)?;
        Ok(on_look(&base, &new, pairing))
    }

    /// Both logs are kept; the failing side's error is the one to report.
    fn fail(self, side: Side, section: Section, error: Error) -> Error {
        let (failing, other) = match side {
            Side::Base => (self.base, self.new),
            Side::New => (self.new, self.base),
        };
        let _ = other.fail("the other side", Error::Interrupted);
        failing.fail(&in_words(section), error)
    }
}
