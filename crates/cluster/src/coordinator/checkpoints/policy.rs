//! When a checkpoint pays.

use std::time::Duration;

/// What the last one took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Making its bytes, while the execution stood.
    pub(super) encode: Duration,
    /// Putting them into the store, beside the execution.
    pub(super) put: Duration,
}

/// Until one was made and stored, nothing is known of either. This is more than both take nearly everywhere, and more
/// than programs take that need no checkpoint.
const AT_LEAST: Duration = Duration::from_secs(2);

/// The execution that is saved is this many times as long as what a checkpoint takes: workers execute up to twice as fast
/// as the metering, and a checkpoint that nobody happens to need should not matter.
const TIMES: u32 = 4;

/// The execution may be held up for this part of its time.
const HELD_UP: u32 = 20;

/// Whether to make one where execution took so long from the last, or from the program's start, `last` being what that
/// took.
pub(super) fn pays(execution: Duration, last: Option<Cost>) -> bool {
    let needed = last.map_or(Duration::ZERO, |Cost { encode, put }| {
        // To fetch it takes as long as to store it did.
        let whole = encode + 2 * put;
        (TIMES * whole).max(HELD_UP * encode)
    });
    execution >= needed.max(AT_LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_ms(execution: u64, last: Option<[u64; 2]>) -> bool {
        let ms = Duration::from_millis;
        let last = last.map(|[encode, put]| Cost {
            encode: ms(encode),
            put: ms(put),
        });
        pays(ms(execution), last)
    }

    #[test]
    fn short_programs_have_none() {
        assert!(!after_ms(0, None));
        assert!(!after_ms(1_500, None));
        assert!(!after_ms(1_500, Some([0, 0])));
        assert!(after_ms(2_000, None));
    }

    #[test]
    fn the_slower_the_store_the_fewer() {
        assert!(after_ms(2_000, Some([10, 100])));
        assert!(!after_ms(8_000, Some([10, 1_000])));
        assert!(after_ms(8_100, Some([10, 1_000])));
        assert!(!after_ms(60_000, Some([10, 10_000])));
    }

    #[test]
    fn the_execution_is_hardly_held_up() {
        assert!(!after_ms(5_900, Some([300, 1])));
        assert!(after_ms(6_000, Some([300, 1])));
    }
}
