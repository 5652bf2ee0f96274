//! Rules for texts, from public faults of Metal and from its limits.
//!
//! A lint reads the parsed text. Each has texts that it must refuse, in `tests/refused`, and near ones that all lints
//! must pass, in `tests/accepted`.

mod barriers;
mod limits;
mod loops;
mod remainders;
mod wide;

use crate::Text;

pub use barriers::SMALL_WORKGROUP_BARRIER;
pub use limits::{BUFFERS, THREADS, WORKGROUP_MEMORY};
pub use loops::ENDLESS_LOOP;
pub use remainders::{SHIFTED_REMAINDER, THREAD_REMAINDER};
pub use wide::{SUBGROUPS, WIDE_ATOMIC, WIDE_DIVISION};

/// A rule that a text must keep.
pub struct Lint {
    /// Its name.
    pub name: &'static str,
    /// What is refused.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
    /// Where that can be read.
    pub link: &'static str,
    /// What to write instead.
    pub instead: &'static str,
    /// Each place where a text breaks it.
    pub find: fn(&Text) -> Vec<String>,
}

/// All of them.
pub const LINTS: [Lint; 10] = [
    SMALL_WORKGROUP_BARRIER,
    SHIFTED_REMAINDER,
    THREAD_REMAINDER,
    ENDLESS_LOOP,
    BUFFERS,
    WORKGROUP_MEMORY,
    THREADS,
    WIDE_DIVISION,
    WIDE_ATOMIC,
    SUBGROUPS,
];

impl Lint {
    /// What to tell the author of `text`, if there is something.
    pub fn check(&self, text: &Text) -> Option<String> {
        let places = (self.find)(text);
        if places.is_empty() {
            return None;
        }
        let Self {
            name,
            what,
            why,
            link,
            instead,
            ..
        } = self;
        Some(format!(
            "{}: {what} ({name})\n  {}\n  why: {why}\n  see: {link}\n  instead: {instead}",
            text.label,
            places.join("\n  ")
        ))
    }
}
