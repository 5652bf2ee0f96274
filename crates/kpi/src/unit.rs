//! Units in which durations are shown.

use serde::{Deserialize, Serialize};

/// A unit of time for people; machine fields stay in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Nanoseconds.
    Ns,
    /// Microseconds.
    Us,
    /// Milliseconds.
    #[default]
    Ms,
    /// Seconds.
    S,
}

impl Unit {
    /// The unit's usual abbreviation.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Ns => "ns",
            Unit::Us => "µs",
            Unit::Ms => "ms",
            Unit::S => "s",
        }
    }

    /// How many nanoseconds one of this unit is.
    pub fn in_ns(self) -> f64 {
        match self {
            Unit::Ns => 1.0,
            Unit::Us => 1e3,
            Unit::Ms => 1e6,
            Unit::S => 1e9,
        }
    }

    /// The largest unit of which `duration_ns` is at least one, and seconds only from ten on.
    pub fn fitting(duration_ns: f64) -> Unit {
        match duration_ns {
            ns if ns < 1e3 => Unit::Ns,
            ns if ns < 1e6 => Unit::Us,
            ns if ns < 10e9 => Unit::Ms,
            _ => Unit::S,
        }
    }

    /// `duration_ns` in this unit, with two decimals and no unit.
    pub fn format(self, duration_ns: f64) -> String {
        format!("{:.2}", duration_ns / self.in_ns())
    }
}
