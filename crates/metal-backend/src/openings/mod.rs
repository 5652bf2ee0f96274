//! The last stage: opens the committed stacks at the point where the constraints need the traces.

pub mod stacked_reduction;
pub mod whir;
