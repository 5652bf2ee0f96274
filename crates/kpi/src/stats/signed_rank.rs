//! Wilcoxon's signed-rank test, one-sided, and what it tells of paired runs.
//!
//! The order within each pair is drawn at random, so under "no difference" each difference is as likely to
//! be positive as negative, whatever the machine was doing meanwhile: the test needs no other assumption.
//! Estimate and interval are those of Hodges and Lehmann (Estimates of Location Based on Rank Tests, Ann.
//! Math. Stat. 34, 1963); they take the differences to lie symmetrically around the change.

use super::resamples::resampled_estimates;

/// Up to this many pairs p-values are exact; beyond, the normal approximation is as good.
const EXACT_UP_TO: usize = 100;
/// Up to this many pairs every resample can be counted.
const RESAMPLED_UP_TO: usize = 9;

/// How often chance alone would put the differences as far above `center` as these: the probability for
/// differences that lie symmetrically around it.
pub fn signed_rank_p_above(differences: &[f64], center: f64) -> f64 {
    let shifted: Vec<f64> = differences.iter().map(|d| d - center).collect();
    let ranks = signed_doubled_ranks(&shifted);
    let above: i64 = ranks.iter().filter(|rank| **rank > 0).sum();
    let ranks: Vec<usize> = ranks
        .iter()
        .map(|rank| rank.unsigned_abs() as usize)
        .collect();
    upper_tail(&ranks, above as usize)
}

/// How often chance alone would put the differences as far below `center` as these: the probability for
/// differences that lie symmetrically around it.
pub fn signed_rank_p_below(differences: &[f64], center: f64) -> f64 {
    let mirrored: Vec<f64> = differences.iter().map(|d| -d).collect();
    signed_rank_p_above(&mirrored, -center)
}

/// The smallest two-sided p-value that this many pairs can reach.
pub fn smallest_signed_rank_p(pairs: usize) -> f64 {
    2.0_f64
        .powi(1 - i32::try_from(pairs).unwrap_or(i32::MAX))
        .min(1.0)
}

/// By how much the pairs differ, with little regard to a few that differ wildly.
///
/// The Hodges-Lehmann estimate: the median of the means of all pairs of differences, each with itself too.
pub fn hodges_lehmann(differences: &[f64]) -> Option<f64> {
    let means = sorted_walsh_averages(differences);
    super::Summary::of(&means).map(|summary| summary.median)
}

/// Within which the true change surely lies, going by how the pairs differ.
///
/// The interval that holds the change with this confidence: every center that the test does not reject.
///
/// So few pairs that the test could reject nothing have the interval of the bootstrap over whole pairs
/// instead, up to nine; it is narrower than it should be, and no verdict rests on it.
pub fn hodges_lehmann_interval(differences: &[f64], confidence: f64) -> Option<(f64, f64)> {
    let n = differences.len();
    let tail = (1.0 - confidence) / 2.0;
    let means = sorted_walsh_averages(differences);
    match largest_rejected(n, tail) {
        Some(outside) => Some((
            *means.get(outside)?,
            *means.get(means.len().checked_sub(outside + 1)?)?,
        )),
        None if (1..=RESAMPLED_UP_TO).contains(&n) => {
            let estimates = resampled_estimates(differences, hodges_lehmann);
            Some((quantile(&estimates, tail), quantile(&estimates, 1.0 - tail)))
        }
        None => None,
    }
}

/// The mean of each pair of differences, and of each with itself.
fn sorted_walsh_averages(differences: &[f64]) -> Vec<f64> {
    let mut means: Vec<f64> = differences
        .iter()
        .enumerate()
        .flat_map(|(i, a)| differences[i..].iter().map(move |b| (a + b) / 2.0))
        .collect();
    means.sort_by(f64::total_cmp);
    means
}

/// The largest rank sum, of different values, that is at most this improbable to be undershot or met.
fn largest_rejected(n: usize, tail: f64) -> Option<usize> {
    let below = |sum: usize| {
        let ranks: Vec<usize> = (1..=n).map(|rank| 2 * rank).collect();
        let total = n * (n + 1);
        // By symmetry: at most `sum` as often as at least the rest.
        upper_tail(&ranks, total - 2 * sum)
    };
    if n == 0 || below(0) > tail {
        return None;
    }
    let (mut rejected, mut kept) = (0, n * (n + 1) / 2);
    while kept - rejected > 1 {
        let middle = rejected.midpoint(kept);
        if below(middle) <= tail {
            rejected = middle;
        } else {
            kept = middle;
        }
    }
    Some(rejected)
}

/// Twice the rank of each value's size, with its sign; equal sizes share the mean of their ranks, and
/// zeros, which speak for neither side, are left out.
fn signed_doubled_ranks(values: &[f64]) -> Vec<i64> {
    let mut nonzero: Vec<f64> = values.iter().copied().filter(|x| *x != 0.0).collect();
    nonzero.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let mut ranks = Vec::with_capacity(nonzero.len());
    for tied in nonzero.chunk_by(|a, b| a.abs() == b.abs()) {
        let first = ranks.len() as i64 + 1;
        let last = first + tied.len() as i64 - 1;
        ranks.extend(tied.iter().map(|x| {
            if *x > 0.0 {
                first + last
            } else {
                -first - last
            }
        }));
    }
    ranks
}

/// How probable it is that fair coins pick ranks of at least this sum.
fn upper_tail(ranks: &[usize], sum: usize) -> f64 {
    if ranks.len() <= EXACT_UP_TO {
        exact_tail(ranks, sum)
    } else {
        normal_tail(ranks, sum)
    }
}

/// Probabilities rather than counts: all terms are positive, so they stay accurate.
fn exact_tail(ranks: &[usize], sum: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    let mut probability = vec![0.0; total + 1];
    probability[0] = 1.0;
    let mut reached = 0;
    for rank in ranks {
        reached += rank;
        for at in (0..=reached).rev() {
            let with = if at >= *rank {
                probability[at - rank]
            } else {
                0.0
            };
            probability[at] = (probability[at] + with) / 2.0;
        }
    }
    probability
        .get(sum..)
        .map_or(0.0, |tail| tail.iter().sum::<f64>().min(1.0))
}

/// With a correction for continuity; ties are in the ranks.
fn normal_tail(ranks: &[usize], sum: usize) -> f64 {
    let total: f64 = ranks.iter().map(|rank| *rank as f64).sum();
    let squares: f64 = ranks.iter().map(|rank| (*rank as f64).powi(2)).sum();
    if squares == 0.0 {
        return 1.0;
    }
    // Doubled ranks step by two, so half a step is one.
    let distance = sum as f64 - total / 2.0 - 1.0;
    libm::erfc(distance / (2.0 * squares / 4.0).sqrt()) / 2.0
}

/// The smallest value that is not exceeded with at least this probability.
fn quantile(distribution: &[(f64, f64)], probability: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    let mut up_to = 0.0;
    for (value, weight) in distribution {
        up_to += weight;
        if up_to >= probability - ROUNDING {
            return *value;
        }
    }
    distribution.last().map_or(f64::NAN, |(value, _)| *value)
}
