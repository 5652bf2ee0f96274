//! Whether a series creeps, though no single step is large.

/// How often values without a trend would rise as steadily as these by chance.
///
/// Mann's test against an upward trend (Nonparametric Tests Against Trend, Econometrica 13, 1945): the
/// probability that values in random order rise from earlier to later as often as these do. Exact for
/// different values; equal ones count as no rise, which errs on the side of no trend.
pub fn upward_trend_p(values: &[f64]) -> f64 {
    let rises = pairs(values).filter(|(a, b)| b > a).count();
    let orders = orders_by_rises(values.len());
    orders
        .get(rises..)
        .map_or(0.0, |tail| tail.iter().sum::<f64>().min(1.0))
}

/// By how much the values rise from one to the next, with little regard to a few that jump.
///
/// The Theil-Sen slope: the median of the changes per step between any two values.
pub fn theil_sen_slope(values: &[f64]) -> Option<f64> {
    let slopes: Vec<f64> = values
        .iter()
        .enumerate()
        .flat_map(|(i, a)| {
            let later = values.iter().enumerate().skip(i + 1);
            later.map(move |(j, b)| (b - a) / (j - i) as f64)
        })
        .collect();
    super::Summary::of(&slopes).map(|summary| summary.median)
}

fn pairs(values: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let earlier = values.iter().enumerate();
    earlier.flat_map(|(i, a)| values[i + 1..].iter().map(move |b| (*a, *b)))
}

/// How probable each number of rising pairs is, if all orders are as likely.
///
/// The n-th value, put among those before it, rises above 0 to n - 1 of them, each as likely.
fn orders_by_rises(n: usize) -> Vec<f64> {
    let mut probability = vec![1.0];
    for before in 1..n {
        let mut next = vec![0.0; probability.len() + before];
        for (rises, p) in probability.iter().enumerate() {
            for more in 0..=before {
                next[rises + more] += p / (before + 1) as f64;
            }
        }
        probability = next;
    }
    probability
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_that_only_rises_is_one_order_of_all() {
        for (n, orders) in [(1, 1.0), (2, 2.0), (3, 6.0), (6, 720.0)] {
            let rising: Vec<f64> = (0..n).map(f64::from).collect();
            let falling: Vec<f64> = rising.iter().rev().copied().collect();
            assert!((upward_trend_p(&rising) - 1.0 / orders).abs() < 1e-12);
            assert!((upward_trend_p(&falling) - 1.0).abs() < 1e-12);
        }
        assert!((upward_trend_p(&[5.0; 4]) - 1.0).abs() < 1e-12);
        assert_eq!(upward_trend_p(&[]), 1.0);
    }

    #[test]
    fn probabilities_are_those_of_counting_all_orders() {
        // Of the 24 orders of four values, 1, 4, 9, 15 rise in at least 6, 5, 4, 3 pairs.
        for (values, orders) in [
            ([1.0, 2.0, 3.0, 4.0], 1.0),
            ([1.0, 2.0, 4.0, 3.0], 4.0),
            ([2.0, 1.0, 4.0, 3.0], 9.0),
            ([3.0, 1.0, 4.0, 2.0], 15.0),
        ] {
            assert!(
                (upward_trend_p(&values) - orders / 24.0).abs() < 1e-12,
                "{values:?}"
            );
        }
    }

    #[test]
    fn one_outlier_does_not_tilt_the_slope() {
        assert_eq!(theil_sen_slope(&[1.0, 2.0, 3.0, 90.0, 5.0]), Some(1.0));
        assert_eq!(theil_sen_slope(&[1.0]), None);
    }
}
