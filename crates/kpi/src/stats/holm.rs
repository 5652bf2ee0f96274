//! Holm's correction for judging several things at once.

/// What is left of each p-value once it is considered how many were looked at: who looks at many finds a
/// small one by chance.
///
/// Holm's adjusted p-values (A Simple Sequentially Rejective Multiple Test Procedure, Scand. J. Stat. 6,
/// 1979), in the order of `p_values`. Of all that are at most 0.05, any is wrong with a probability of
/// at most 0.05.
pub fn holm_adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least: f64 = 0.0;
    for (step, index) in order.into_iter().enumerate() {
        let left = (p_values.len() - step) as f64;
        least = least.max((left * p_values[index]).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}
