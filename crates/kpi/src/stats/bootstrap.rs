//! A confidence interval for the ratio of two medians, by the ideal bootstrap.
//!
//! The bootstrap draws from the values with replacement, again and again. For a median the distribution
//! that this approaches is known in closed form (Maritz and Jarrett, A Note on Estimating the Variance
//! of the Sample Median, JASA 73, 1978), so nothing is drawn: the interval is the same every time.

use statrs::distribution::{Binomial, DiscreteCDF};
use statrs::function::factorial::ln_binomial;

/// Slack for probabilities that are sums of rounded terms.
const ROUNDING: f64 = 1e-12;

/// The values that a resample's median can have, ascending, with their probabilities.
pub fn median_distribution(values: &[f64]) -> Vec<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    if n % 2 == 1 {
        let middle = order_statistic_probabilities(n, n / 2 + 1);
        return sorted.into_iter().zip(middle).collect();
    }
    let mut medians = Vec::with_capacity(n * (n + 1) / 2);
    for (pair, probability) in middle_pair_probabilities(n) {
        let median = (sorted[pair.0] + sorted[pair.1]) / 2.0;
        medians.push((median, probability));
    }
    medians.sort_by(|a, b| a.0.total_cmp(&b.0));
    medians
}

/// Within which the true ratio surely lies, going by how the runs scatter.
///
/// The interval that holds `median(new) / median(base)` of resamples with this confidence, with equal
/// tails. `None` if there are no values, or a base that is not positive.
pub fn ratio_interval(base: &[f64], new: &[f64], confidence: f64) -> Option<(f64, f64)> {
    if base.is_empty() || new.is_empty() || base.iter().any(|x| *x <= 0.0) {
        return None;
    }
    let base = median_distribution(base);
    let new = Cumulative::of(&median_distribution(new));
    let tail = (1.0 - confidence) / 2.0;
    Some((
        ratio_quantile(&base, &new, tail),
        ratio_quantile(&base, &new, 1.0 - tail),
    ))
}

/// The probability that the `rank`-th smallest (from 1) of `n` draws is the k-th smallest value, for each k.
fn order_statistic_probabilities(n: usize, rank: usize) -> Vec<f64> {
    let at_most: Vec<f64> = (1..=n)
        .map(|k| at_least_draws(n, k as f64 / n as f64, rank))
        .collect();
    (0..n)
        .map(|k| at_most[k] - if k == 0 { 0.0 } else { at_most[k - 1] })
        .collect()
}

/// The probability of at least `draws` hits in `n` draws that hit with probability `p`.
fn at_least_draws(n: usize, p: f64, draws: usize) -> f64 {
    // The only other probabilities that `Binomial` refuses are outside 0..=1, which k / n is not.
    match Binomial::new(p, n as u64) {
        Ok(hits) if p < 1.0 => hits.sf(draws as u64 - 1),
        _ => 1.0,
    }
}

/// For an even number of draws: which two values are in the middle, from 0, and how probably.
///
/// With n = 2h, the middle pair is (i, j), i < j, if h draws are at most i and reach it, and h draws are
/// at least j and reach it; where both are the same value, it is the rest of the lower one's probability.
fn middle_pair_probabilities(n: usize) -> Vec<((usize, usize), f64)> {
    let h = n / 2;
    let ln_splits = ln_binomial(n as u64, h as u64);
    let share = |k: usize| (k as f64 / n as f64).powi(h as i32);
    let reaching: Vec<f64> = (1..=n).map(|k| share(k) - share(k - 1)).collect();
    let lower = order_statistic_probabilities(n, h);
    let mut pairs = Vec::with_capacity(n * (n + 1) / 2);
    for i in 0..n {
        let mut apart = 0.0;
        for j in i + 1..n {
            // At least the j-th smallest is at most the (n-1-j)-th, seen from above.
            let probability = (ln_splits + reaching[i].ln() + reaching[n - 1 - j].ln()).exp();
            apart += probability;
            pairs.push(((i, j), probability));
        }
        pairs.push(((i, i), (lower[i] - apart).max(0.0)));
    }
    pairs
}

/// A discrete distribution's values, ascending, and the probability up to each.
struct Cumulative {
    values: Vec<f64>,
    up_to: Vec<f64>,
}

impl Cumulative {
    fn of(distribution: &[(f64, f64)]) -> Cumulative {
        let mut sum = 0.0;
        Cumulative {
            values: distribution.iter().map(|(value, _)| *value).collect(),
            up_to: distribution
                .iter()
                .map(|(_, probability)| {
                    sum += probability;
                    sum
                })
                .collect(),
        }
    }

    fn at(&self, x: f64) -> f64 {
        match self.values.partition_point(|value| *value <= x) {
            0 => 0.0,
            n => self.up_to[n - 1],
        }
    }
}

/// The smallest ratio that is not exceeded with at least this probability.
///
/// The ratios are the quotients of two small sets, but their pairs can be many: the quantile is found by
/// bisection down to neighbouring numbers.
fn ratio_quantile(base: &[(f64, f64)], new: &Cumulative, probability: f64) -> f64 {
    let is_reached = |ratio: f64| {
        let reached: f64 = base
            .iter()
            .map(|(value, p)| p * new.at(ratio * value))
            .sum();
        reached >= probability - ROUNDING
    };
    let smallest_base = base.first().map_or(1.0, |(value, _)| *value);
    let largest_new = new.values.last().copied().unwrap_or_default();
    let (mut below, mut reached) = (0.0, largest_new / smallest_base * (1.0 + f64::EPSILON));
    if is_reached(below) {
        return below;
    }
    loop {
        let middle = below + (reached - below) / 2.0;
        if middle <= below || middle >= reached {
            return reached;
        }
        if is_reached(middle) {
            reached = middle;
        } else {
            below = middle;
        }
    }
}
