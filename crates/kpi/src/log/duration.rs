//! Durations as tracing formatters print them.

use thiserror::Error;

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DurationError {
    /// It does not begin with a decimal number.
    #[error("`{0}` is not a number with a unit")]
    NotANumber(String),
    /// The number is followed by something else than a known unit.
    #[error("unknown unit `{0}` (known: ns, µs, us, ms, s, m)")]
    UnknownUnit(String),
    /// More than 584 years.
    #[error("`{0}` is too long a duration")]
    OutOfRange(String),
}

/// Reads `1.54ms` as 1,540,000 nanoseconds. `m` is minutes; `µ` may be either of its two code points.
pub fn parse_duration_ns(text: &str) -> Result<u64, DurationError> {
    let unit_at = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let number: f64 = number
        .parse()
        .map_err(|_| DurationError::NotANumber(text.to_owned()))?;
    let unit_ns = match unit {
        "ns" => 1.0,
        "\u{b5}s" | "\u{3bc}s" | "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        other => return Err(DurationError::UnknownUnit(other.to_owned())),
    };
    let duration_ns = (number * unit_ns).round();
    // 2^63 is far beyond any run, and leaves room for sums.
    if duration_ns < 9.2e18 {
        Ok(duration_ns as u64)
    } else {
        Err(DurationError::OutOfRange(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_scales_to_nanoseconds() {
        for (text, expected_ns) in [
            ("7.00ns", 7),
            ("2.83µs", 2_830),
            ("2.83μs", 2_830),
            ("2.83us", 2_830),
            ("1.54ms", 1_540_000),
            ("2.44s", 2_440_000_000),
            ("1.5m", 90_000_000_000),
            ("4711s", 4_711_000_000_000),
        ] {
            assert_eq!(parse_duration_ns(text), Ok(expected_ns), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_says_why() {
        assert!(matches!(
            parse_duration_ns("3.0fortnights"),
            Err(DurationError::UnknownUnit(unit)) if unit == "fortnights"
        ));
        assert!(matches!(
            parse_duration_ns("12"),
            Err(DurationError::UnknownUnit(_))
        ));
        assert!(matches!(
            parse_duration_ns("1.2.3ms"),
            Err(DurationError::NotANumber(_))
        ));
        assert!(matches!(
            parse_duration_ns("ms"),
            Err(DurationError::NotANumber(_))
        ));
        assert!(matches!(
            parse_duration_ns("99999999999999999999s"),
            Err(DurationError::OutOfRange(_))
        ));
    }
}
