//! `name [ 1.35ms | 0.06% / 0.06% ] more`, the common part of all trees.

/// A node of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timing<'a> {
    pub name: &'a str,
    /// As printed, unit included.
    pub duration: &'a str,
    /// Of the time of what is around it, in percent.
    pub shares: &'a str,
    /// What follows the bracket.
    pub after: &'a str,
}

/// Reads a node without its indentation. A name may itself hold brackets, so the first bracket that
/// holds a timing ends it.
pub(super) fn timing(node: &str) -> Option<Timing<'_>> {
    node.match_indices(" [ ").find_map(|(at, open)| {
        let (timing, after) = node[at + open.len()..].split_once(" ]")?;
        let (duration, shares) = timing.split_once(" | ")?;
        let is_timing = duration.starts_with(|c: char| c.is_ascii_digit())
            && shares.split(" / ").all(|share| share.ends_with('%'));
        is_timing.then(|| Timing {
            name: &node[..at],
            duration,
            shares,
            after,
        })
    })
}

/// How deep a node stands, and the node, with these pieces of indentation.
pub(super) fn split_indent<'a>(line: &'a str, pieces: &[&str]) -> (usize, &'a str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(inner) = pieces.iter().find_map(|piece| rest.strip_prefix(piece)) {
        depth += 1;
        rest = inner;
    }
    (depth, rest)
}
