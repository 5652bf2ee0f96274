//! ^C, a hang-up and a polite kill: the end, with nothing left behind.

use crate::files;

/// What shells make of a program that ^C ended.
const INTERRUPTED: i32 = 130;

/// Ends the program when it is interrupted, after removing the file that is being written.
pub fn clean_up_on_interrupt() {
    let handler = || {
        files::remove_unfinished();
        std::process::exit(INTERRUPTED);
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tracing::warn!("interrupts are not handled: {error}");
    }
}
