//! The ideal bootstrap of a handful of values: every resample, with its probability.

use statrs::function::factorial::ln_factorial;

/// The values that an estimate takes over all resamples of the same size, ascending, with their
/// probabilities. There are (2n - 1 over n) different ones: 24,310 of nine values.
pub fn resampled_estimates(
    values: &[f64],
    estimate: impl Fn(&[f64]) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let n = values.len();
    let mut estimates = Vec::new();
    let mut times = vec![0; n];
    each_resample(&mut times, 0, n, &mut |times| {
        let resample: Vec<f64> = values
            .iter()
            .zip(times)
            .flat_map(|(value, times)| std::iter::repeat_n(*value, *times))
            .collect();
        let ways: f64 = times.iter().map(|times| ln_factorial(*times as u64)).sum();
        let probability = (ln_factorial(n as u64) - ways - n as f64 * (n as f64).ln()).exp();
        estimates.extend(estimate(&resample).map(|value| (value, probability)));
    });
    estimates.sort_by(|a, b| a.0.total_cmp(&b.0));
    estimates
}

/// Calls back with how often each value is drawn, for every way to draw `left` from the `at`-th on.
fn each_resample(times: &mut [usize], at: usize, left: usize, on_each: &mut impl FnMut(&[usize])) {
    if at + 1 == times.len() {
        times[at] = left;
        on_each(times);
        return;
    }
    for drawn in 0..=left {
        times[at] = drawn;
        each_resample(times, at + 1, left - drawn, on_each);
    }
}
