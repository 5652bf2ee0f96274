//! Lines of `tracing-forest`'s pretty printer.
//!
//! `INFO     │  ┝━ name [ 1.35ms | 0.06% / 0.06% ] key: value | key: value` is a span,
//! `INFO     │  ┝━ ｉ [info]: message | key: value` an event.

use super::level::Level;
use super::statement::{split_unquoted, unquote, Place, Statement};
use super::timing::{split_indent, timing};
use std::borrow::Cow;

const INDENTS: [&str; 4] = ["│  ", "┝━ ", "┕━ ", "   "];
/// A level is padded to eight characters and followed by a space.
const LEVEL_WIDTH: usize = 9;

/// What a line says from its level on.
pub(super) fn parse_line<'a>(level: &Level<'a>) -> Option<Statement<'a>> {
    let padding = LEVEL_WIDTH - level.len;
    let tree = level.after.get(padding..)?;
    if !level.after.bytes().take(padding).all(|byte| byte == b' ') {
        return None;
    }
    let (depth, node) = split_indent(tree, &INDENTS);
    let span = timing(node).map(|node| Statement::Span {
        name: Cow::Borrowed(node.name),
        duration: Cow::Borrowed(node.duration),
        calls: 1,
        place: Place::Depth(depth),
    });
    span.or_else(|| parse_event(node))
}

fn parse_event(body: &str) -> Option<Statement<'_>> {
    let (_icon, tagged) = body.split_once(" [")?;
    let (_tag, said) = tagged.split_once("]: ")?;
    let mut parts = split_unquoted(said, " | ").into_iter();
    let message = parts.next().unwrap_or_default();
    let fields = parts
        .filter_map(|field| field.split_once(": "))
        .map(|(key, value)| (Cow::Borrowed(key), unquote(value)))
        .collect();
    Some(Statement::Event {
        message: unquote(message),
        fields,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a whole line is read.
    fn parse(line: &str) -> Option<Statement<'_>> {
        parse_line(&Level::find(line)?)
    }

    fn span(name: &str, duration: &str, depth: usize) -> Option<Statement<'static>> {
        Some(Statement::Span {
            name: Cow::Owned(name.to_owned()),
            duration: Cow::Owned(duration.to_owned()),
            calls: 1,
            place: Place::Depth(depth),
        })
    }

    #[test]
    fn spans_are_read_with_their_depth() {
        let line = "INFO     │     ┝━ prover.rap_constraints.logup_gkr [ 1.35ms | 0.06% / 0.06% ] phase: \"prover\"";
        assert_eq!(
            parse(line),
            span("prover.rap_constraints.logup_gkr", "1.35ms", 3)
        );
        assert_eq!(
            parse("ERROR    root [ 2.38s | 100.00% ]"),
            span("root", "2.38s", 0)
        );
        assert_eq!(
            parse("INFO     idle [ 0.00ns | NaN% ]"),
            span("idle", "0.00ns", 0)
        );
    }

    #[test]
    fn names_may_hold_spaces_arrows_and_brackets() {
        assert_eq!(
            parse("INFO     s'_0 -> s_0 [ x ] [ 50.0µs | 0.00% ]"),
            span("s'_0 -> s_0 [ x ]", "50.0µs", 0)
        );
    }

    #[test]
    fn leading_test_name_uuid_and_timestamp_are_passed_over() {
        for prefix in [
            "test tests::batch ... ",
            "00000000-0000-0000-0000-000000000000 2026-02-20T20:46:15.123456789+00:00   ",
        ] {
            let line = format!("{prefix}INFO     root [ 2.38s | 100.00% ]");
            assert_eq!(parse(&line), span("root", "2.38s", 0), "{line}");
        }
    }

    #[test]
    fn events_are_read_with_quoted_fields() {
        let line =
            r#"INFO     ┕━ ｉ [info]: gpu_counters | stage: "a | \"b\": c" | submissions: 3"#;
        assert_eq!(
            parse(line),
            Some(Statement::Event {
                message: "gpu_counters".into(),
                fields: vec![
                    ("stage".into(), "a | \"b\": c".into()),
                    ("submissions".into(), "3".into())
                ],
            })
        );
    }

    #[test]
    fn an_event_may_have_no_message() {
        assert_eq!(
            parse("INFO     ┝━ ｉ [info]:  | num_airs_present: 1"),
            Some(Statement::Event {
                message: "".into(),
                fields: vec![("num_airs_present".into(), "1".into())],
            })
        );
    }

    #[test]
    fn other_output_means_nothing() {
        for line in [
            "",
            "INFO",
            "INFORMATION [ 1ms | 2% ]",
            "    Finished `release` profile [optimized + debuginfo] target(s) in 0.14s",
            "prover [ 1ms | 3.00% ]",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
