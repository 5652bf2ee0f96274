//! Results of other benchmark programs as captures, and captures as theirs.

pub mod criterion;
pub mod hyperfine;

use crate::contract::Combine;
use crate::environment::Environment;
use crate::record::{Capture, RecordedSpan, Run, SCHEMA};
use crate::unit::Unit;

/// A benchmark's name is part of file names, and commands can be long.
const NAME_CHARS: usize = 60;

/// A capture of one span. Its label and time are for whoever keeps it.
fn capture(
    title: &str,
    span: &str,
    durations_ns: impl IntoIterator<Item = f64>,
) -> Result<Capture, String> {
    let run = |ns: f64| {
        if !(0.0..9.2e18).contains(&ns) {
            return Err(format!("`{title}` has a duration of {ns} ns"));
        }
        Ok(Run {
            spans_ns: [(span.to_owned(), ns.round() as u64)].into(),
            ..Run::default()
        })
    };
    let mut durations_ns = durations_ns.into_iter().peekable();
    let unit = Unit::fitting(durations_ns.peek().copied().unwrap_or_default());
    Ok(Capture {
        schema: SCHEMA,
        bench: bench_name(title),
        title: title.to_owned(),
        label: String::new(),
        captured_at: String::new(),
        command: String::new(),
        warmup_runs: 0,
        environment: Environment::default(),
        spans: vec![RecordedSpan {
            name: span.to_owned(),
            unit,
            combine: Combine::Sum,
            within: None,
        }],
        runs: durations_ns.map(run).collect::<Result<_, _>>()?,
    })
}

/// A title as a benchmark's name: `./prove --fast` is `prove-fast`.
fn bench_name(title: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    let words: Vec<&str> = title
        .split(|c: char| !is_plain(c))
        .map(|word| word.trim_matches(['.', '_']))
        .filter(|word| !word.is_empty())
        .collect();
    let name: String = words.join("-").chars().take(NAME_CHARS).collect();
    if name.is_empty() {
        "imported".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::bench_name;
    use crate::contract::check_name;

    #[test]
    fn every_title_becomes_a_name() {
        for (title, expected) in [
            ("./prove --fast", "prove-fast"),
            ("hash/poseidon2/1024", "hash-poseidon2-1024"),
            ("../../x", "x"),
            ("", "imported"),
            ("é", "imported"),
        ] {
            let name = bench_name(title);
            assert_eq!(name, expected);
            assert!(check_name("benchmark name", &name).is_ok());
        }
        assert!(bench_name(&"x ".repeat(500)).len() <= 60);
    }
}
