//! What earlier captures of the same benchmark and machine tell about a new one.

use crate::record::{is_same_machine, Capture};
use crate::stats::{theil_sen_slope, upward_trend_p, Summary};
use statrs::statistics::{Data, OrderStatistics};

/// Fewer captures have no quartiles worth the name.
pub const LEAST_CAPTURES: usize = 5;
/// How many interquartile ranges from the median the fence stands: where Tukey's fences do, one and a half
/// beyond the quartiles, if the medians lie symmetrically.
const REACH: f64 = 2.0;
/// Logs print three digits, so nearer than this share of the median no fence stands.
const RESOLUTION: f64 = 0.005;
/// A trend must be this improbable by chance, and the whole creep larger than this share.
const TREND_P: f64 = 0.05;
const LEAST_CREEP: f64 = 0.02;

/// Within which a span's median lies, unless something changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fence {
    /// How many captures it is made of.
    pub captures: usize,
    /// The median of their medians, in nanoseconds.
    pub median_ns: f64,
    /// The interquartile range of their medians, in nanoseconds: how far apart the middle half lies.
    pub iqr_ns: f64,
}

/// A series that rises, though no step is large.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The span.
    pub span: String,
    /// How many captures the series has.
    pub captures: usize,
    /// By how much it rose in all, as a fraction.
    pub rise: f64,
    /// How often a series without a trend rises as steadily.
    pub p_value: f64,
}

impl Fence {
    /// The fence of these medians; `None` if there are too few.
    pub fn of(medians_ns: &[f64]) -> Option<Fence> {
        if medians_ns.len() < LEAST_CAPTURES {
            return None;
        }
        Some(Fence {
            captures: medians_ns.len(),
            median_ns: Summary::of(medians_ns)?.median,
            iqr_ns: Data::new(medians_ns.to_vec()).interquartile_range(),
        })
    }

    /// The largest median within.
    pub fn high_ns(&self) -> f64 {
        self.median_ns + self.reach_ns()
    }

    /// The smallest median within.
    pub fn low_ns(&self) -> f64 {
        (self.median_ns - self.reach_ns()).max(0.0)
    }

    fn reach_ns(&self) -> f64 {
        (REACH * self.iqr_ns).max(RESOLUTION * self.median_ns)
    }
}

/// The captures before `new` of its benchmark and machine, the last `most` of them, oldest first. `all` are
/// in the order of their making.
pub fn before<'a>(new: &Capture, all: &'a [Capture], most: usize) -> Vec<&'a Capture> {
    let comparable = all.iter().filter(|earlier| {
        earlier.bench == new.bench
            && *earlier != new
            && earlier.captured_at <= new.captured_at
            && is_same_machine(earlier, new).is_ok()
    });
    let comparable: Vec<&Capture> = comparable.collect();
    comparable[comparable.len().saturating_sub(most)..].to_vec()
}

/// A span's median in each capture that has it, in nanoseconds.
pub fn medians_ns(span: &str, captures: &[&Capture]) -> Vec<f64> {
    let durations = captures.iter().map(|capture| capture.durations_ns(span));
    durations
        .filter_map(|durations| Some(Summary::of(&durations)?.median))
        .collect()
}

/// The spans of `new` that have crept up over the captures before it.
pub fn drifts(new: &Capture, before: &[&Capture]) -> Vec<Drift> {
    let mut series = before.to_vec();
    series.push(new);
    let drift = |span: &str| {
        let medians = medians_ns(span, &series);
        if medians.len() <= LEAST_CAPTURES {
            return None;
        }
        let p_value = upward_trend_p(&medians);
        let steps = (medians.len() - 1) as f64;
        let rise = theil_sen_slope(&medians)? * steps / Summary::of(&medians)?.median;
        (p_value <= TREND_P && rise > LEAST_CREEP).then(|| Drift {
            span: span.to_owned(),
            captures: medians.len(),
            rise,
            p_value,
        })
    };
    new.spans
        .iter()
        .filter_map(|span| drift(&span.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_stand_two_interquartile_ranges_out() {
        let fence = Fence::of(&[98.0, 99.0, 100.0, 101.0, 102.0]).expect("five");
        assert_eq!(fence.median_ns, 100.0);
        assert!(fence.iqr_ns > 1.9 && fence.iqr_ns < 3.0, "{fence:?}");
        assert_eq!(fence.high_ns(), 100.0 + 2.0 * fence.iqr_ns);
        assert_eq!(fence.low_ns(), 100.0 - 2.0 * fence.iqr_ns);
        assert_eq!(Fence::of(&[1.0; 4]), None);
    }

    #[test]
    fn equal_medians_leave_room_for_the_last_digit() {
        let fence = Fence::of(&[200.0; 6]).expect("six");
        assert_eq!((fence.low_ns(), fence.high_ns()), (199.0, 201.0));
    }
}
