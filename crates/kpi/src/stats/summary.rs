//! Median, extremes and spread.

use statrs::statistics::{Data, OrderStatistics};

/// What a few values amount to, in the values' own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values there are.
    pub n: usize,
    /// The middle value, or the mean of the two middle ones.
    pub median: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl Summary {
    /// Summarizes at least one value.
    pub fn of(values: &[f64]) -> Option<Summary> {
        if values.is_empty() {
            return None;
        }
        Some(Summary {
            n: values.len(),
            median: Data::new(values.to_vec()).median(),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// How far the extremes lie apart, as a percentage of the median.
    pub fn spread_percent(&self) -> f64 {
        if self.max == self.min {
            0.0
        } else {
            100.0 * (self.max - self.min) / self.median
        }
    }
}
