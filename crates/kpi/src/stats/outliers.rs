//! Values that do not belong to the others.

use super::Summary;

/// From this modified z-score on a value is called an outlier.
///
/// The usual 3.5 is for dozens of values; among five it would call every other series disturbed.
/// hyperfine's figure is used, about ten standard deviations of undisturbed values.
pub const OUTLIER_Z: f64 = 14.826;

/// How far each value lies from the middle one, counted in the usual distances from it.
///
/// The values scaled to `0.6745 (x - median) / MAD` (Iglewicz and Hoaglin, How to Detect and Handle
/// Outliers, 1993); all 0 if more than half of the values are the same.
pub fn modified_z_scores(values: &[f64]) -> Vec<f64> {
    let Some(center) = Summary::of(values) else {
        return Vec::new();
    };
    let deviations: Vec<f64> = values.iter().map(|x| (x - center.median).abs()).collect();
    match Summary::of(&deviations) {
        Some(mad) if mad.median > 0.0 => values
            .iter()
            .map(|x| 0.6745 * (x - center.median) / mad.median)
            .collect(),
        _ => vec![0.0; values.len()],
    }
}
