//! Lines of trees with call counts, without levels, as `tracing-profile` prints them.
//!
//! `├── name [ 679.42ms | 9.70% ] (2140 calls)`: the time is the sum over the calls. A root has no
//! branch before it; it is known by its share, which is the whole. `[...]` stands for what was left out.

use super::statement::{Place, Statement};
use super::timing::{split_indent, timing};
use std::borrow::Cow;

const INDENTS: [&str; 4] = ["│  ", "├── ", "└── ", "   "];
const LEFT_OUT: &str = "[...]";

pub(super) fn parse_line(line: &str) -> Option<Statement<'_>> {
    let (depth, node) = split_indent(line, &INDENTS);
    let node = timing(node)?;
    let is_node = depth > 0 || node.shares == "100.00%";
    if !is_node || node.name == LEFT_OUT || node.name.is_empty() {
        return None;
    }
    Some(Statement::Span {
        name: Cow::Borrowed(node.name),
        duration: Cow::Borrowed(node.duration),
        calls: calls(node.after).unwrap_or(1),
        place: Place::Depth(depth),
    })
}

fn calls(after: &str) -> Option<u64> {
    let (calls, _fields) = after.strip_prefix(" (")?.split_once(" call")?;
    calls.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(line: &str) -> Option<(&str, u64, Place)> {
        match parse_line(line) {
            Some(Statement::Span {
                name: Cow::Borrowed(name),
                calls,
                place,
                ..
            }) => Some((name, calls, place)),
            _ => None,
        }
    }

    #[test]
    fn calls_and_depth_are_read() {
        for (line, expected) in [
            ("prove [ 7.01s | 100.00% ]", ("prove", 1, 0)),
            (
                "├── commit [ 259.12ms | 3.70% ] (10704 calls)",
                ("commit", 10704, 1),
            ),
            (
                "│  └── fold all [ 1.00ms | 0.01% ] (1 call) { n = 3 }",
                ("fold all", 1, 2),
            ),
            (
                "   └── check [ 26.88ms | 3.30% ] { index = 1 }",
                ("check", 1, 2),
            ),
        ] {
            let (name, calls, depth) = expected;
            assert_eq!(
                span(line),
                Some((name, calls, Place::Depth(depth))),
                "{line}"
            );
        }
    }

    #[test]
    fn what_was_left_out_is_no_span() {
        assert_eq!(span("├── [...] [ 16.64ms | 0.24% ] (2141 calls)"), None);
        assert_eq!(span("prover [ 1ms | 3.00% ]"), None);
    }
}
