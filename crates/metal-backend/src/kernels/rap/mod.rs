//! The kernels of the batch-constraint stages, beside those of the constraint compiler.
//!
//! [`inputs`] fills the slots of a plan from base columns, [`expressions`] evaluates the plan on
//! them with [`weights`], [`sums`] adds up what comes out, [`rounds`] carries the multilinear rounds on, and
//! [`openings`] evaluates columns at the point they end with.

mod coset_text;
pub mod expressions;
pub mod inputs;
pub mod openings;
pub mod rounds;
pub mod sums;
pub mod weights;

use crate::gpu::Multiply;

/// Name and text of every kernel with the given form of multiplication.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let mut sources = expressions::sources(multiply);
    sources.extend(inputs::sources(multiply));
    sources.extend(openings::sources(multiply));
    sources.extend(rounds::sources(multiply));
    sources.extend(sums::sources(multiply));
    sources.push(weights::source(multiply));
    sources
}
