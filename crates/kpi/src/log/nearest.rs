//! What looks most like a span where nothing is one, and what it lacks.

use super::level::Level;
use super::prefix;
use std::fmt;

/// How much of a line is shown.
const SHOWN_CHARS: usize = 160;
const CLOSE_EVENTS: &str = "an event `close` with `time.busy`, which \
    `.with_span_events(FmtSpan::CLOSE)` on the subscriber adds and `.without_time()` takes away";

/// A line that is no span, and how near it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The line of the log, from 1.
    pub line: u64,
    /// The line's beginning, without control characters.
    pub text: String,
    /// The form that it came nearest to.
    pub form: &'static str,
    /// What it lacks.
    pub lacks: &'static str,
    likeness: Likeness,
}

/// How much of a span a line has, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Duration,
    Leveled,
    Object,
    Node,
    Timed,
}

impl NearMiss {
    /// The first of the two that is most like a span: what was found so far, or this line.
    pub(super) fn nearer(so_far: Option<NearMiss>, line: u64, text: &str) -> Option<NearMiss> {
        let Some((likeness, form, lacks)) = look(text) else {
            return so_far;
        };
        if so_far
            .as_ref()
            .is_some_and(|so_far| so_far.likeness >= likeness)
        {
            return so_far;
        }
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        Some(NearMiss {
            line,
            text: text.chars().map(printable).take(SHOWN_CHARS).collect(),
            form,
            lacks,
            likeness,
        })
    }
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} comes nearest, to {}: `{}`; it lacks {}",
            self.line, self.form, self.text, self.lacks
        )
    }
}

fn look(text: &str) -> Option<(Likeness, &'static str, &'static str)> {
    const JSON: &str = "JSON lines of tracing-subscriber";
    const FMT: &str = "a closed span of `tracing_subscriber::fmt()`";
    let text = prefix::without(text);
    let is_object = text.starts_with('{') && text.ends_with('}');
    let has_any = |of: &[&str]| of.iter().any(|what| text.contains(what));
    let is_timed = has_any(&["time.busy", "time.idle"]);
    if is_timed && is_object {
        return Some((
            Likeness::Timed,
            JSON,
            "the message `close` or the span's name: `.with_current_span(true)` adds the latter",
        ));
    }
    if is_timed {
        let lacks = "`SPAN:SPAN: TARGET: close time.busy=`, the spans before the message";
        return Some((Likeness::Timed, FMT, lacks));
    }
    if text.contains('[') && text.contains('%') {
        let lacks = "a node of the form `name [ 1.35ms | 0.06% ]`, after a level, a branch, or with 100.00%";
        return Some((Likeness::Node, "a tree of spans", lacks));
    }
    if is_object && has_any(&["\"span\"", "\"spans\"", "\"elapsed", "\"duration"]) {
        return Some((Likeness::Object, JSON, CLOSE_EVENTS));
    }
    if Level::find(text).is_some_and(|level| level.after.contains(": ")) {
        return Some((Likeness::Leveled, FMT, CLOSE_EVENTS));
    }
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '=' | ':' | ',' | '(' | ')'));
    let mut durations = words.filter(|word| {
        word.starts_with(|c: char| c.is_ascii_digit()) && super::parse_duration_ns(word).is_ok()
    });
    durations.next().map(|_| {
        let lacks = "the name of a span in any known form";
        (Likeness::Duration, "a line with a duration", lacks)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_most_alike_is_kept() {
        let lines = [
            "nothing at all",
            "took 12.5ms",
            "2026-11-25T15:50:00Z  INFO prove: keccakf: start",
            "2026-11-25T15:50:01Z  INFO prove: keccakf: next",
        ];
        let nearest = (1..).zip(lines).fold(None, |so_far, (line, text)| {
            NearMiss::nearer(so_far, line, text)
        });
        let nearest = nearest.expect("a near miss");
        assert_eq!((nearest.line, nearest.text.as_str()), (3, lines[2]));
        assert!(nearest.to_string().contains("FmtSpan::CLOSE"));
    }

    #[test]
    fn each_likeness_is_told_apart() {
        for (text, likeness) in [
            ("msg=close time.busy=1ms", Likeness::Timed),
            (r#"{"time.busy":"1ms"}"#, Likeness::Timed),
            ("prove [1ms|3%]", Likeness::Node),
            (r#"{"span":{"name":"a"},"message":"x"}"#, Likeness::Object),
            ("api-1  | INFO a: b", Likeness::Leveled),
            ("elapsed: 12.5ms", Likeness::Duration),
        ] {
            assert_eq!(look(text).map(|found| found.0), Some(likeness), "{text}");
        }
        assert_eq!(look("Finished in no time"), None);
    }
}
