//! The batch sumcheck: zerocheck of the constraints, together with the input claims of LogUp GKR.
//!
//! In protocol order: [`BatchWeights`] from lambda; [`round0`] over the skip domain and, on the host,
//! [`Round0`]; [`MleRounds`], whose rounds are [`round_sums`] of what [`folds`] leave; and the
//! [`openings`] of all columns at the point that they end with.

mod batch_weights;
mod coset_factors;
mod folds;
mod kept_rows;
mod mle_rounds;
pub mod openings;
pub mod partial_sums;
mod places;
pub mod round0;
mod round0_polynomials;
mod round_sums;
mod sum_kind;

pub use batch_weights::{BatchWeights, Challenges};
pub use coset_factors::coset_factors;
pub use mle_rounds::{lagrange_at_r0, MleInputs, MleRounds};
pub use places::{PointPlaces, RoundPlaces};
pub use round0_polynomials::Round0;
