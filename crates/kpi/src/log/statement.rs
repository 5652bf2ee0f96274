//! What one line of a run says, whichever form it is written in.

use std::borrow::Cow;

/// The event by which a program reports what it counted.
pub(super) const COUNTERS_EVENT: &str = "gpu_counters";
/// The event by which a program reports on what it runs.
pub(super) const ADAPTER_EVENT: &str = "gpu_adapter";
/// The event by which a program reports that the host did a device's work.
pub(super) const FALLBACK_EVENT: &str = "host_fallback";

/// The event by which a program reports the device's clock.
pub(super) const CLOCK_EVENT: &str = "gpu_clock";

/// One line's meaning.
#[derive(Debug, PartialEq)]
pub(super) enum Statement<'a> {
    /// A span was closed.
    Span {
        name: Cow<'a, str>,
        /// As printed, unit included: whether it can be read matters only for spans that are wanted.
        duration: Cow<'a, str>,
        /// Over how many calls the duration is the sum.
        calls: u64,
        place: Place,
    },
    /// A span of this target was closed; the lines that follow say which.
    Closing { target: &'a str, duration: &'a str },
    /// Such a line: a span's target and name. The span that was closed comes first, then those around it.
    In { path: &'a str },
    /// An event was logged.
    Event {
        message: Cow<'a, str>,
        fields: Vec<Field<'a>>,
    },
}

/// An event's field: its name and its value, without quotes.
pub(super) type Field<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Where in the tree of spans a span lies.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// This deep, below the last shallower span of the lines before it.
    Depth(usize),
    /// Below these spans, outermost first.
    Below(Vec<String>),
}

/// Values are printed with `Debug`, so a text comes quoted and escaped.
pub(super) fn unquote(value: &str) -> Cow<'_, str> {
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

/// Splits at `separator` outside of quoted values.
pub(super) fn split_unquoted<'a>(said: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut in_quotes = false;
    let mut escaped = false;
    for (at, byte) in said.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_quotes => escaped = true,
            b'"' => in_quotes = !in_quotes,
            _ if !in_quotes
                && at >= start
                && said.as_bytes()[at..].starts_with(separator.as_bytes()) =>
            {
                parts.push(&said[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(said.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_in_quotes_do_not_split() {
        assert_eq!(
            split_unquoted(r#"a, k: "b, \"c, \"", d"#, ", "),
            ["a", r#"k: "b, \"c, \"""#, "d"]
        );
        assert_eq!(split_unquoted("", ", "), [""]);
        assert_eq!(split_unquoted("é, é", ", "), ["é", "é"]);
    }
}
