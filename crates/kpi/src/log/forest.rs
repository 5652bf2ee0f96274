//! Lines of `tracing-forest`'s pretty printer.
//!
//! `INFO     │  ┝━ name [ 1.35ms | 0.06% / 0.06% ] key: value | key: value` is a span,
//! `INFO     │  ┝━ ｉ [info]: message | key: value` an event. With the crate's `uuid` and `chrono`
//! features a line starts with those; under `cargo test` the first line follows `test name ... `.

use super::event::{Place, Statement};
use std::borrow::Cow;

const LEVELS: [&str; 5] = ["INFO", "DEBUG", "TRACE", "WARN", "ERROR"];
const INDENTS: [&str; 4] = ["│  ", "┝━ ", "┕━ ", "   "];
/// A level is padded to eight characters and followed by a space.
const LEVEL_WIDTH: usize = 9;

pub(super) fn parse_line(line: &str) -> Option<Statement<'_>> {
    let tree = after_level(line)?;
    let (depth, body) = split_indent(tree);
    parse_span(body, depth).or_else(|| parse_event(body))
}

fn after_level(line: &str) -> Option<&str> {
    let mut rest = match line.strip_prefix("test ") {
        Some(test) => test.split_once(" ... ").map_or(line, |(_, output)| output),
        None => line,
    };
    // At most a uuid and a timestamp come before the level.
    for _ in 0..3 {
        if LEVELS.iter().any(|level| rest.starts_with(level)) {
            let padded = rest.get(..LEVEL_WIDTH)?;
            return LEVELS
                .contains(&padded.trim_end())
                .then(|| &rest[LEVEL_WIDTH..]);
        }
        rest = rest.split_once(' ')?.1.trim_start();
    }
    None
}

fn split_indent(mut rest: &str) -> (usize, &str) {
    let mut depth = 0;
    while let Some(inner) = INDENTS.iter().find_map(|indent| rest.strip_prefix(indent)) {
        depth += 1;
        rest = inner;
    }
    (depth, rest)
}

fn parse_span(body: &str, depth: usize) -> Option<Statement<'_>> {
    // A name may itself hold brackets, so the first bracket that holds a timing ends it.
    body.match_indices(" [ ").find_map(|(at, open)| {
        let (timing, _fields) = body[at + open.len()..].split_once(" ]")?;
        let (duration, shares) = timing.split_once(" | ")?;
        let is_timing = duration.starts_with(|c: char| c.is_ascii_digit())
            && shares.split(" / ").all(|share| share.ends_with('%'));
        is_timing.then(|| Statement::Span {
            name: Cow::Borrowed(&body[..at]),
            duration: Cow::Borrowed(duration),
            place: Place::Depth(depth),
        })
    })
}

fn parse_event(body: &str) -> Option<Statement<'_>> {
    let (_icon, tagged) = body.split_once(" [")?;
    let (_tag, said) = tagged.split_once("]: ")?;
    let mut parts = split_fields(said).into_iter();
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

/// Splits at ` | ` outside of quoted values.
fn split_fields(said: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut in_quotes = false;
    let mut escaped = false;
    for (at, byte) in said.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_quotes => escaped = true,
            b'"' => in_quotes = !in_quotes,
            b'|' if !in_quotes && said[..at].ends_with(' ') && said[at + 1..].starts_with(' ') => {
                // The separator's first space may be where the previous one ended: an empty message.
                parts.push(said.get(start..at - 1).unwrap_or_default());
                start = at + 2;
            }
            _ => {}
        }
    }
    parts.push(said.get(start..).unwrap_or_default());
    parts
}

/// Values are printed with `Debug`, so a text comes quoted and escaped.
fn unquote(value: &str) -> Cow<'_, str> {
    match value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) if inner.contains('\\') => serde_json::from_str(value)
            .map(Cow::Owned)
            .unwrap_or(Cow::Borrowed(inner)),
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(name: &str, duration: &str, depth: usize) -> Option<Statement<'static>> {
        Some(Statement::Span {
            name: Cow::Owned(name.to_owned()),
            duration: Cow::Owned(duration.to_owned()),
            place: Place::Depth(depth),
        })
    }

    #[test]
    fn spans_are_read_with_their_depth() {
        let line = "INFO     │     ┝━ prover.rap_constraints.logup_gkr [ 1.35ms | 0.06% / 0.06% ] phase: \"prover\"";
        assert_eq!(
            parse_line(line),
            span("prover.rap_constraints.logup_gkr", "1.35ms", 3)
        );
        assert_eq!(
            parse_line("ERROR    root [ 2.38s | 100.00% ]"),
            span("root", "2.38s", 0)
        );
        assert_eq!(
            parse_line("INFO     idle [ 0.00ns | NaN% ]"),
            span("idle", "0.00ns", 0)
        );
    }

    #[test]
    fn names_may_hold_spaces_arrows_and_brackets() {
        assert_eq!(
            parse_line("INFO     s'_0 -> s_0 [ x ] [ 50.0µs | 0.00% ]"),
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
            assert_eq!(parse_line(&line), span("root", "2.38s", 0), "{line}");
        }
    }

    #[test]
    fn events_are_read_with_quoted_fields() {
        let line =
            r#"INFO     ┕━ ｉ [info]: gpu_counters | stage: "a | \"b\": c" | submissions: 3"#;
        assert_eq!(
            parse_line(line),
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
            parse_line("INFO     ┝━ ｉ [info]:  | num_airs_present: 1"),
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
            assert_eq!(parse_line(line), None, "{line}");
        }
    }
}
