//! Which form a line has, and what it says in that form.

use super::level::Level;
use super::statement::Statement;
use super::{fmt, forest, json, prefix, tree};

/// What a line without colours says, if it has any of the known forms.
pub(super) fn parse_line(line: &str) -> Option<Statement<'_>> {
    let level = Level::find(line);
    // Whichever begins first: an object may hold a level's name, and fields in braces follow a level.
    let brace = line
        .find('{')
        .filter(|brace| level.is_none_or(|level| *brace < level.at));
    if let Some(object) = brace.and_then(|at| json::parse_line(&line[at..])) {
        return Some(object);
    }
    if let Some(level) = &level {
        let leveled = forest::parse_line(level).or_else(|| fmt::parse_after_level(level));
        if leveled.is_some() {
            return leveled;
        }
    }
    let plain = prefix::without(line);
    // What has a level was read above; lines that follow a pretty one, or were printed without levels,
    // are left.
    tree::parse_line(plain).or_else(|| fmt::parse_line(plain).filter(|_| level.is_none()))
}
