//! The end of the process: drivers take themselves apart there, beneath any thread that is in them. No thread of
//! ours that nobody waits for is in one then.

use std::{
    ffi::c_int,
    sync::{Mutex, MutexGuard, Once, TryLockError},
    thread,
    time::{Duration, Instant},
};

/// Held by such a thread while it is in a driver, and for good by the end of the process.
static TURN: Mutex<()> = Mutex::new(());

/// How long the end of the process waits: giving memory back takes milliseconds, unless the driver hangs.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

/// Lets a thread of ours into a driver until what is returned is dropped; never when the process ends.
pub(super) fn enter() -> Option<MutexGuard<'static, ()>> {
    static IS_REGISTERED: Once = Once::new();
    IS_REGISTERED.call_once(register);
    turn_within(&TURN, Duration::MAX)
}

extern "C" {
    fn atexit(function: extern "C" fn()) -> c_int;
}

/// Functions are called in the reverse order, so ours comes before those of drivers that are there by now.
#[allow(unsafe_code, reason = "the standard library has no such call")]
fn register() {
    // SAFETY: C's `atexit` takes a function that may be called at the end of the process, by any thread, and does
    // not unwind. If there is no room for it, the end is as without it.
    unsafe { atexit(bar) };
}

extern "C" fn bar() {
    std::mem::forget(turn_within(&TURN, WAIT_LIMIT));
}

/// The turn, if it is free before `limit` has passed.
fn turn_within(turn: &Mutex<()>, limit: Duration) -> Option<MutexGuard<'_, ()>> {
    let start = Instant::now();
    loop {
        match turn.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(guard)) => return Some(guard.into_inner()),
            Err(TryLockError::WouldBlock) if start.elapsed() >= limit => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_waits_for_who_is_there_but_not_for_ever() {
        let turn = Mutex::new(());
        let short = Duration::from_millis(5);
        let inside = turn_within(&turn, short);
        assert!(inside.is_some());
        assert!(turn_within(&turn, short).is_none());
        thread::scope(|scope| {
            let end = scope.spawn(|| turn_within(&turn, Duration::MAX).is_some());
            drop(inside);
            assert!(end.join().unwrap());
        });
    }
}
