//! Lines of `tracing_subscriber::fmt()` with `FmtSpan::CLOSE`, in its full, compact and pretty forms.
//!
//! - full: `INFO prove:round{n=3}: target: close time.busy=1.25ms time.idle=12.0µs`;
//! - compact: the same with the fields at the end;
//! - pretty: `INFO target: close, time.busy: 1.25ms, time.idle: 12.0µs`, and on lines of their own
//!   `    in target::round with n: 3` and `    in target::prove`, innermost first.
//!
//! A colon within a name cannot be told from one between two names, unless it is doubled: `a::b` is one
//! name. The name of a thread before the spans is read as a part of the outermost name; with the thread's
//! id after it, it is known for what it is. In the compact form the fields of spans follow those of an
//! event and look alike, so a span's field that is a number counts as one of `gpu_counters`; texts do not.

use super::level::Level;
use super::statement::{
    split_unquoted, unquote, Place, Statement, ADAPTER_EVENT, CLOCK_EVENT, COUNTERS_EVENT,
    FALLBACK_EVENT,
};
use std::borrow::Cow;

/// How a form separates what it prints.
struct Style {
    closed: &'static str,
    fields: &'static str,
    value: &'static str,
}

const ONE_LINE: Style = Style {
    closed: "close time.busy=",
    fields: " ",
    value: "=",
};
const PRETTY: Style = Style {
    closed: "close, time.busy: ",
    fields: ", ",
    value: ": ",
};

/// What a line says from its level on.
pub(super) fn parse_after_level<'a>(level: &Level<'a>) -> Option<Statement<'a>> {
    parse_line(level.after)
}

/// What a line says that has no level, without prefixes.
pub(super) fn parse_line(line: &str) -> Option<Statement<'_>> {
    if let Some(path) = line.strip_prefix("    in ") {
        return Some(Statement::In {
            path: without_pretty_fields(path),
        });
    }
    let said = without_thread_id(line.trim_start());
    if let Some((head, busy)) = closed(said, &ONE_LINE) {
        let mut spans = spans(head);
        let name = spans.pop()?;
        return Some(Statement::Span {
            name: Cow::Owned(name),
            duration: Cow::Borrowed(busy),
            calls: 1,
            place: Place::Below(spans),
        });
    }
    if let Some((head, busy)) = closed(said, &PRETTY) {
        // With line numbers and without file names, the line's follows the target.
        let target = head.split(": ").next().unwrap_or_default();
        return Some(Statement::Closing {
            target: target.trim_end_matches(|c: char| c == ':' || c.is_ascii_digit()),
            duration: busy,
        });
    }
    [COUNTERS_EVENT, FALLBACK_EVENT, ADAPTER_EVENT, CLOCK_EVENT]
        .iter()
        .find_map(|message| event(said, message))
}

/// What stands before the message of a closed span, and how long it was entered.
fn closed<'a>(said: &'a str, style: &Style) -> Option<(&'a str, &'a str)> {
    let at = said.find(style.closed)?;
    let head = &said[..at];
    let busy = &said[at + style.closed.len()..];
    let busy = busy.split([' ', ',']).next().unwrap_or_default();
    if head.is_empty() {
        return Some((head, busy));
    }
    let head = head.strip_suffix(' ')?.strip_suffix(':')?;
    Some((head, busy))
}

/// The names of a list of spans, outermost first: `a:b{x=1}`, up to the space that ends it.
fn spans(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = list;
    loop {
        let (name, after) = rest.split_at(end_of_name(rest));
        if !name.is_empty() {
            names.push(name.to_owned());
        }
        match after_fields(after).strip_prefix(':') {
            Some(next) if !next.starts_with(' ') && !next.is_empty() => rest = next,
            _ => return names,
        }
    }
}

/// Where a name ends: at its fields, or at a single colon.
fn end_of_name(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_colon = |at: usize| bytes.get(at) == Some(&b':');
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' => return at,
            b':' if is_colon(at + 1) => at += 2,
            b':' => return at,
            _ => at += 1,
        }
    }
    at
}

/// What follows fields in braces. Values may hold braces in quotes, and pairs of them without.
fn after_fields(text: &str) -> &str {
    if !text.starts_with('{') {
        return text;
    }
    let (mut depth, mut in_quotes, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_quotes => escaped = true,
            b'"' => in_quotes = !in_quotes,
            b'{' if !in_quotes => depth += 1,
            b'}' if !in_quotes => depth -= 1,
            _ => {}
        }
        // A value that is not quoted may close braces early; a list of fields ends before a colon.
        let ends = byte == b'}' && !in_quotes && depth <= 0;
        if ends && text.as_bytes().get(at + 1) == Some(&b':') {
            return &text[at + 1..];
        }
    }
    // A value that was not quoted has a brace or a quote without its other half.
    text.split_once("}:")
        .map_or("", |(before, _)| &text[before.len() + 1..])
}

fn event<'a>(said: &'a str, message: &'static str) -> Option<Statement<'a>> {
    let at = said.find(message)?;
    let (head, rest) = (&said[..at], &said[at + message.len()..]);
    if !(head.is_empty() || head.ends_with(": ")) {
        return None;
    }
    let style = [&PRETTY, &ONE_LINE]
        .into_iter()
        .find(|style| rest.starts_with(style.fields));
    let is_text = |field: &str| field.contains("=\"") && !field.starts_with("stage=");
    let fields = match style {
        Some(style) => split_unquoted(&rest[style.fields.len()..], style.fields)
            .into_iter()
            .filter(|field| message != COUNTERS_EVENT || !is_text(field))
            .filter_map(|field| field.split_once(style.value))
            .map(|(key, value)| (Cow::Borrowed(key), unquote(value)))
            .collect(),
        None if rest.is_empty() => Vec::new(),
        None => return None,
    };
    Some(Statement::Event {
        message: Cow::Borrowed(message),
        fields,
    })
}

fn without_pretty_fields(path: &str) -> &str {
    let is_field = |text: &str| {
        let key = text.split_once(": ").map(|(key, _)| key);
        key.is_some_and(|key| !key.contains(char::is_whitespace))
    };
    path.match_indices(" with ")
        .find(|(at, with)| is_field(&path[at + with.len()..]))
        .map_or(path, |(at, _)| &path[..at])
}

/// `main ThreadId(01) ` stands before the spans.
fn without_thread_id(said: &str) -> &str {
    match said.split_once(") ") {
        Some((thread, rest)) if thread.contains("ThreadId(") && !thread.contains(':') => rest,
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        match parse_line(line) {
            Some(Statement::Span {
                name,
                place: Place::Below(mut names),
                ..
            }) => {
                names.push(name.into_owned());
                names
            }
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_span_is_the_last_of_the_path() {
        for (line, expected) in [
            (
                " prove:commit: keccakf: close time.busy=5.38ms time.idle=660µs",
                vec!["prove", "commit"],
            ),
            (
                " prove:commit: close time.busy=5.38ms time.idle=660µs",
                vec!["prove", "commit"],
            ),
            (
                " prove: a::b: src/lib.rs:12: close time.busy=1ms time.idle=1µs",
                vec!["prove"],
            ),
            (
                " a::b:compute h: t: close time.busy=1ms time.idle=1µs n=3",
                vec!["a::b", "compute h"],
            ),
            (
                r#" prove{x="}: \"y"}:round{n=3 kind={a: b}}: t: close time.busy=1ms time.idle=1µs"#,
                vec!["prove", "round"],
            ),
            (
                " prove{x=}{}:round: t: close time.busy=1ms time.idle=1µs",
                vec!["prove", "round"],
            ),
            (
                " main ThreadId(01) prove: t: close time.busy=1ms time.idle=1µs",
                vec!["prove"],
            ),
        ] {
            assert_eq!(names(line), expected, "{line}");
        }
    }

    #[test]
    fn pretty_lines_name_the_span_afterwards() {
        for (line, expected) in [
            (" a::b: close, time.busy: 5.38ms, time.idle: 660µs", "a::b"),
            (
                " a::b:12: close, time.busy: 5.38ms, time.idle: 660µs",
                "a::b",
            ),
            ("  close, time.busy: 5.38ms, time.idle: 660µs", ""),
        ] {
            let closing = Statement::Closing {
                target: expected,
                duration: "5.38ms",
            };
            assert_eq!(parse_line(line), Some(closing), "{line}");
        }
        for (line, path) in [
            ("    in a::b::round with n: 3, kind: \"x\"", "a::b::round"),
            ("    in a::hash with salt", "a::hash with salt"),
        ] {
            assert_eq!(parse_line(line), Some(Statement::In { path }), "{line}");
        }
    }

    #[test]
    fn events_are_read_in_each_form() {
        for line in [
            r#" prove{p="x"}: t: gpu_counters stage="a b" submissions=3"#,
            r#" gpu_counters stage="a b" submissions=3"#,
            r#" t: gpu_counters, stage: "a b", submissions: 3"#,
        ] {
            let fields = vec![
                ("stage".into(), "a b".into()),
                ("submissions".into(), "3".into()),
            ];
            let event = Statement::Event {
                message: "gpu_counters".into(),
                fields,
            };
            assert_eq!(parse_line(line), Some(event), "{line}");
        }
        assert_eq!(parse_line(" t: no gpu_counters here"), None);
    }

    #[test]
    fn other_messages_mean_nothing() {
        for line in [
            "",
            " prove: t: start",
            " t: about to close",
            "    at src/a.rs:1",
        ] {
            assert_eq!(parse_line(line), None, "{line}");
        }
    }
}
