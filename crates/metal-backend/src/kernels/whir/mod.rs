//! What WHIR's prover computes, see `openings/whir`.
//!
//! A polynomial over the extension is four base columns, the coefficients of `1, x, x^2, x^3`, so
//! that the NTT and the Merkle tree take it as a matrix, see [`polynomial::Polynomial`].

pub mod batch_columns;
pub mod challenge_powers;
pub mod evaluate;
pub mod final_polynomial;
pub mod observe_sums;
pub mod open_paths;
pub mod open_rows;
pub mod point_weights;
pub mod polynomial;
pub mod query_weights;
pub mod sumcheck;

use crate::gpu::Multiply;

/// Powers of field elements, after a field text.
const POWER: &str = include_str!("power.wgsl");

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let mut sources = vec![
        ("whir challenge_powers", challenge_powers::source(multiply)),
        ("whir batch_columns", batch_columns::source(multiply)),
        ("whir observe_sums", observe_sums::source(multiply)),
        ("whir evaluate", evaluate::source(multiply)),
        ("whir query_weights", query_weights::source(multiply)),
        ("whir final_polynomial", final_polynomial::source()),
        ("whir open_rows", open_rows::source()),
        ("whir open_paths", open_paths::source()),
    ];
    sources.extend(sumcheck::sources(multiply));
    let named = sources.into_iter();
    named.map(|(name, text)| (name.to_owned(), text)).collect()
}

/// What several workgroups left of each of `n_values` values, to be added up.
#[derive(Clone, Copy, Debug)]
pub struct Partials {
    /// Number of workgroups.
    pub n_partials: u32,
    /// Number of values.
    pub n_values: u32,
}
