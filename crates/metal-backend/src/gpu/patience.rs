//! How long a GPU is waited for: by the work that it has been given, counted as for the limit on dispatches.

use std::{
    collections::VecDeque,
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        Arc, Mutex, MutexGuard, PoisonError,
    },
    time::Duration,
};

/// What a GPU may take over any submission: uploads are not counted as work, and others may use it as well.
const LEAST: Duration = Duration::from_secs(60);

/// The same for a processor that emulates one, whose rate is not measured.
const LEAST_OF_SOFTWARE: Duration = Duration::from_secs(3600);

/// How many times as long as expected a GPU may take: what is expected leaves out memory traffic, and an idle
/// one clocks down to a quarter.
const PATIENCE: u64 = 100;

/// What is known of submissions on their way, and of what they may take.
pub(super) struct Patience {
    /// What somebody wants it to be.
    fixed: Option<Duration>,
    least: Duration,
    /// Field multiplications in a millisecond; 0 where it is not known.
    per_ms: AtomicU64,
    on_their_way: Arc<Mutex<OnTheirWay>>,
}

#[derive(Default)]
struct OnTheirWay {
    /// Their field multiplications, the oldest first.
    work: VecDeque<u64>,
    n_done: u64,
}

/// How far the GPU is, and how long to wait for its next step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wait {
    /// Submissions that are known to be done.
    pub n_done: u64,
    /// What the oldest of the others may take.
    pub limit: Duration,
}

impl Patience {
    /// That of a GPU on which nothing is under way.
    pub(super) fn new(is_software: bool, fixed: Option<Duration>) -> Self {
        Self {
            fixed,
            least: match is_software {
                true => LEAST_OF_SOFTWARE,
                false => LEAST,
            },
            per_ms: AtomicU64::new(0),
            on_their_way: Arc::default(),
        }
    }

    /// Notes the GPU's field multiplications in a millisecond.
    pub(super) fn learn(&self, per_ms: u64) {
        self.per_ms.store(per_ms, Relaxed);
    }

    /// Notes a submission with its field multiplications, in the queue's order; what is returned is to be called
    /// when it is done.
    pub(super) fn submitted(&self, work: u64) -> impl FnOnce() + Send + 'static {
        lock(&self.on_their_way).work.push_back(work);
        let on_their_way = self.on_their_way.clone();
        move || {
            let mut on_their_way = lock(&on_their_way);
            on_their_way.work.pop_front();
            on_their_way.n_done += 1;
        }
    }

    /// How long to wait for what is next.
    pub(super) fn wait(&self) -> Wait {
        let on_their_way = lock(&self.on_their_way);
        let work = on_their_way.work.front().copied().unwrap_or_default();
        let expected_ms = work.checked_div(self.per_ms.load(Relaxed)).unwrap_or(0);
        let by_work = Duration::from_millis(expected_ms.saturating_mul(PATIENCE));
        Wait {
            n_done: on_their_way.n_done,
            limit: self.fixed.unwrap_or(self.least.saturating_add(by_work)),
        }
    }
}

fn lock(on_their_way: &Mutex<OnTheirWay>) -> MutexGuard<'_, OnTheirWay> {
    on_their_way.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_that_of_the_oldest_submission_on_its_way() {
        let patience = Patience::new(false, None);
        let wait = |n_done, beyond_least| Wait {
            n_done,
            limit: LEAST + Duration::from_millis(beyond_least),
        };
        assert_eq!(patience.wait(), wait(0, 0));
        let first = patience.submitted(30_000);
        assert_eq!(patience.wait(), wait(0, 0), "no rate is known");
        patience.learn(1000);
        let second = patience.submitted(7_000);
        assert_eq!(patience.wait(), wait(0, 3000));
        first();
        assert_eq!(patience.wait(), wait(1, 700));
        second();
        assert_eq!(patience.wait(), wait(2, 0));
        let _endless = patience.submitted(u64::MAX);
        assert!(patience.wait().limit > Duration::from_secs(1 << 40));
    }

    #[test]
    fn what_somebody_wants_is_the_limit() {
        let limit = Duration::from_secs(7);
        let patience = Patience::new(true, Some(limit));
        patience.learn(1);
        let _done = patience.submitted(1 << 40);
        assert_eq!(patience.wait().limit, limit);
        assert_eq!(Patience::new(true, None).wait().limit, LEAST_OF_SOFTWARE);
    }
}
