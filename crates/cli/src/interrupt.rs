//! ^C, a hang-up and a polite kill: the end, with nothing left behind.

use std::{io::Write, sync::OnceLock};

use crate::files;

/// What shells make of a program that ^C ended.
const INTERRUPTED: i32 = 130;

static LAST_WORD: OnceLock<&str> = OnceLock::new();

/// Has this said when the program is interrupted.
pub fn say(last_word: &'static str) {
    // There is one to be said in a program's life.
    let _ = LAST_WORD.set(last_word);
}

/// Ends the program when it is interrupted, after removing the file that is being written.
pub fn clean_up_on_interrupt() {
    let handler = || {
        files::remove_unfinished();
        if let Some(last_word) = LAST_WORD.get() {
            // Nobody may be listening.
            let _ = writeln!(std::io::stderr(), "\ninterrupted: {last_word}");
        }
        std::process::exit(INTERRUPTED);
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tracing::warn!("interrupts are not handled: {error}");
    }
}
