//! Summaries and tests, for the few values that a benchmark gives.

mod bootstrap;
mod outliers;
mod rank;
mod summary;

pub use bootstrap::{median_distribution, ratio_interval};
pub use outliers::{modified_z_scores, OUTLIER_Z};
pub use rank::{rank_test_p, smallest_rank_test_p};
pub use summary::Summary;
