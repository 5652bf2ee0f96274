//! What the parts of the stage are recorded from.

use super::{
    claims::CommitmentClaims, kernels::StackedReductionKernels, places::StackedReductionPlaces,
    plan::StackedReductionPlan,
};
use crate::transcript::DeviceSponge;

/// What the parts of the stage are recorded from.
pub struct StackedReductionInput<'a> {
    /// The kernels.
    pub kernels: &'a StackedReductionKernels,
    /// The shape.
    pub plan: &'a StackedReductionPlan,
    /// The commitments, in upstream's order.
    pub commitments: &'a [CommitmentClaims<'a>],
    /// The transcript.
    pub sponge: &'a DeviceSponge,
    /// Where the stage's values are on its tape.
    pub places: &'a StackedReductionPlaces,
}
