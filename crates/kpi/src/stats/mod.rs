//! Summaries and tests, for the few values that a benchmark gives.

mod bootstrap;
mod holm;
mod looks;
mod outliers;
mod rank;
mod resamples;
mod signed_rank;
mod summary;
mod trend;

pub use bootstrap::{median_distribution, ratio_interval};
pub use holm::holm_adjusted;
pub use looks::{Looks, FIRST_LOOK};
pub use outliers::{modified_z_scores, OUTLIER_Z};
pub use rank::{rank_test_p, smallest_rank_test_p};
pub use resamples::resampled_estimates;
pub use signed_rank::{
    hodges_lehmann, hodges_lehmann_interval, signed_rank_p_above, signed_rank_p_below,
    smallest_signed_rank_p,
};
pub use summary::Summary;
pub use trend::{theil_sen_slope, upward_trend_p};
