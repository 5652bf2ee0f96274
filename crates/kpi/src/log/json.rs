//! JSON lines of `tracing_subscriber::fmt().json()` with `FmtSpan::CLOSE`, flattened or not.

use super::statement::{Place, Statement};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What a line says about the event rather than in it; flattened lines have both side by side.
const ENVELOPE: [&str; 10] = [
    "message",
    "timestamp",
    "level",
    "target",
    "span",
    "spans",
    "filename",
    "line_number",
    "threadName",
    "threadId",
];

pub(super) fn parse_line(line: &str) -> Option<Statement<'static>> {
    let Value::Object(line) = serde_json::from_str(line).ok()? else {
        return None;
    };
    let fields = match line.get("fields") {
        Some(Value::Object(fields)) => fields,
        _ => &line,
    };
    let message = fields.get("message")?.as_str()?;
    match (message, fields.get("time.busy")) {
        ("close", Some(Value::String(busy))) => closed_span(&line, busy),
        _ => Some(Statement::Event {
            message: Cow::Owned(message.to_owned()),
            fields: fields
                .iter()
                .filter(|(key, _)| !ENVELOPE.contains(&key.as_str()))
                .map(plain_field)
                .collect(),
        }),
    }
}

fn closed_span(line: &Map<String, Value>, busy: &str) -> Option<Statement<'static>> {
    let name = name_of(line.get("span")?)?;
    // A span closes after it was left, so `spans` lists what was still entered: the spans around it.
    let scope = line
        .get("spans")
        .and_then(Value::as_array)
        .map(|scope| scope.iter().filter_map(name_of).collect())
        .unwrap_or_default();
    Some(Statement::Span {
        name: Cow::Owned(name),
        duration: Cow::Owned(busy.to_owned()),
        calls: 1,
        place: Place::Below(scope),
    })
}

fn name_of(span: &Value) -> Option<String> {
    Some(span.get("name")?.as_str()?.to_owned())
}

fn plain_field((key, value): (&String, &Value)) -> (Cow<'static, str>, Cow<'static, str>) {
    let value = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    (Cow::Owned(key.clone()), Cow::Owned(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_event_is_a_span_below_those_still_entered() {
        let line = r#"{"timestamp":"2026-02-20T20:46:15Z","level":"INFO","fields":{"message":"close","time.busy":"879ms","time.idle":"3.1µs"},"target":"t","span":{"phase":"prover","name":"commit"},"spans":[{"name":"prove"}]}"#;
        assert_eq!(
            parse_line(line),
            Some(Statement::Span {
                name: "commit".into(),
                duration: "879ms".into(),
                calls: 1,
                place: Place::Below(vec!["prove".to_owned()]),
            })
        );
    }

    #[test]
    fn flattened_events_are_read_alike() {
        let line = r#"{"level":"INFO","message":"host_fallback","stage":"whir"}"#;
        let Some(Statement::Event { message, fields }) = parse_line(line) else {
            panic!("not an event");
        };
        assert_eq!(message, "host_fallback");
        assert!(fields.contains(&("stage".into(), "whir".into())));
    }
}
