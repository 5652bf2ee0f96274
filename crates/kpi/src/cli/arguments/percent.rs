//! Percentages and their bounds.

pub fn parse_confidence(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (50.0..100.0).contains(&percent) => Ok(percent),
        _ => Err("must be a percentage from 50 to below 100".to_owned()),
    }
}

pub fn parse_percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=1000.0).contains(&percent) => Ok(percent),
        _ => Err("must be a percentage of at least 0".to_owned()),
    }
}
