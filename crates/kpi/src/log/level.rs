//! The level of a log line.

const LEVELS: [&str; 5] = ["INFO", "DEBUG", "TRACE", "WARN", "ERROR"];

/// A line's level, and what stands after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level<'a> {
    /// Where in the line the level begins.
    pub at: usize,
    /// How many characters it has.
    pub len: usize,
    /// What follows, spaces included.
    pub after: &'a str,
}

impl<'a> Level<'a> {
    /// The first level that stands as a word of its own. Whatever comes before it, timestamps in any form
    /// and what collectors of logs add, means nothing here.
    pub(super) fn find(line: &'a str) -> Option<Level<'a>> {
        let is_initial = |c: char| matches!(c, 'I' | 'D' | 'T' | 'W' | 'E');
        line.match_indices(is_initial).find_map(|(at, _)| {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|c| !c.is_whitespace()) {
                return None;
            }
            LEVELS.iter().find_map(|level| {
                let after = line[at..].strip_prefix(level)?;
                after.starts_with(' ').then_some(Level {
                    at,
                    len: level.len(),
                    after,
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_level_of_its_own_counts() {
        for (line, after) in [
            ("INFO     root", Some("     root")),
            ("api-1  | 12:00 WARN x ERROR y", Some(" x ERROR y")),
            ("INFORMATION WARNING", None),
            ("[INFO] x", None),
            ("INFO", None),
            ("", None),
        ] {
            assert_eq!(Level::find(line).map(|level| level.after), after, "{line}");
        }
    }
}
