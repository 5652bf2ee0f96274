//! The Wilcoxon-Mann-Whitney rank test, two-sided, for independent runs.

use statrs::function::factorial::ln_binomial;

/// Up to this many values in all the p-value is exact; beyond, the normal approximation is as good.
const EXACT_UP_TO: usize = 100;

/// How often two series of the same program would differ as much as these do by chance: the probability
/// that series from the same source differ in rank at least as much.
///
/// Up to a hundred values it is exact, given the ties: durations in logs have three digits, so ties are
/// the rule. Twice the smaller tail, at most 1. Beyond, the normal approximation with corrections for
/// ties and continuity.
pub fn rank_test_p(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let ranks = doubled_midranks(a, b);
    let sum_a: usize = ranks[..a.len()].iter().sum();
    if ranks.len() <= EXACT_UP_TO {
        exact_p(&ranks, a.len(), sum_a)
    } else {
        normal_p(&ranks, a.len(), sum_a)
    }
}

/// The smallest p-value that series of these lengths can reach: what they could ever tell apart.
pub fn smallest_rank_test_p(n_a: usize, n_b: usize) -> f64 {
    (2.0 * (-ln_binomial((n_a + n_b) as u64, n_a as u64)).exp()).min(1.0)
}

/// Twice each value's rank in both series together, `a` first; equal values share the mean of their ranks.
fn doubled_midranks(a: &[f64], b: &[f64]) -> Vec<usize> {
    let values: Vec<f64> = a.iter().chain(b).copied().collect();
    values
        .iter()
        .map(|x| {
            let below = values.iter().filter(|y| *y < x).count();
            let equal = values.iter().filter(|y| *y == x).count();
            // Ranks below+1 ..= below+equal have the mean below + (equal + 1) / 2.
            2 * below + equal + 1
        })
        .collect()
}

/// Counts the subsets of `n_a` ranks by their sum, as floating point: all terms are positive, so the
/// counts stay accurate where integers would overflow.
fn exact_p(ranks: &[usize], n_a: usize, sum_a: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    let mut ways = vec![vec![0.0; total + 1]; n_a + 1];
    ways[0][0] = 1.0;
    for rank in ranks {
        for size in (1..=n_a).rev() {
            let (smaller, larger) = ways.split_at_mut(size);
            for sum in *rank..=total {
                larger[0][sum] += smaller[size - 1][sum - rank];
            }
        }
    }
    let all: f64 = ways[n_a].iter().sum();
    let at_most: f64 = ways[n_a][..=sum_a].iter().sum();
    let at_least: f64 = ways[n_a][sum_a..].iter().sum();
    (2.0 * at_most.min(at_least) / all).min(1.0)
}

fn normal_p(ranks: &[usize], n_a: usize, sum_a: usize) -> f64 {
    let n = ranks.len() as f64;
    let (n_a, n_b) = (n_a as f64, n - n_a as f64);
    let u = sum_a as f64 / 2.0 - n_a * (n_a + 1.0) / 2.0;
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    let ties: f64 = sorted
        .chunk_by(|x, y| x == y)
        .map(|tied| (tied.len() as f64).powi(3) - tied.len() as f64)
        .sum();
    let variance = n_a * n_b / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)));
    let distance = (u - n_a * n_b / 2.0).abs() - 0.5;
    if variance <= 0.0 {
        return 1.0;
    }
    // Twice the upper tail of the normal distribution. statrs' own is good to 1e-11 only.
    libm::erfc(distance / (2.0 * variance).sqrt()).min(1.0)
}
