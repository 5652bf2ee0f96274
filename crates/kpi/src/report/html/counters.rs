//! The deterministic counters as a table.

use super::breakable;
use crate::record::Capture;
use maud::{html, Markup};

/// Nothing, if the benchmark reports none.
pub(super) fn table(capture: &Capture) -> Markup {
    let names = capture.counter_names();
    html! {
        @if !names.is_empty() {
            h3 { "Counters" }
            dl.counters {
                @for name in &names {
                    div {
                        dt { (breakable(name)) }
                        dd { (in_words(&capture.counter(name))) }
                    }
                }
            }
        }
    }
}

fn in_words(values: &[u64]) -> String {
    match (values.iter().min(), values.iter().max()) {
        (Some(min), Some(max)) if min != max => format!("{} to {}", grouped(*min), grouped(*max)),
        (Some(value), _) => grouped(*value),
        _ => "N/A".to_owned(),
    }
}

/// Digits in groups of three, with narrow spaces between them.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_are_grouped_from_the_right() {
        for (value, expected) in [
            (7, "7"),
            (999, "999"),
            (1000, "1 000"),
            (1234567, "1 234 567"),
        ] {
            assert_eq!(grouped(value).replace('\u{202f}', " "), expected);
        }
    }
}
