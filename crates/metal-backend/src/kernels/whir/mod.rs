//! What WHIR's prover computes, see `openings/whir`.
//!
//! A polynomial over the extension is four base columns, the coefficients of `1, x, x^2, x^3`, so
//! that the NTT and the Merkle tree take it as a matrix.

pub mod batch_columns;
pub mod challenge_powers;
pub mod evaluate;
pub mod final_polynomial;
pub mod observe_sums;
pub mod open_paths;
pub mod open_rows;
pub mod query_weights;
pub mod sumcheck;

use self::{
    batch_columns::BatchColumns, challenge_powers::ChallengePowers, evaluate::Evaluate,
    final_polynomial::FinalPolynomial, observe_sums::ObserveSums, open_paths::OpenPaths,
    open_rows::OpenRows, query_weights::QueryWeights, sumcheck::WhirSumcheck,
};
use crate::gpu::{KernelText, Multiply};

/// Powers of field elements, after a field text.
const POWER: &str = include_str!("power.wgsl");

/// The texts of the kernels.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    let texts = [
        KernelText::all::<ChallengePowers>(multiply),
        KernelText::all::<BatchColumns>(multiply),
        KernelText::all::<WhirSumcheck>(multiply),
        KernelText::all::<ObserveSums>(multiply),
        KernelText::all::<Evaluate>(multiply),
        KernelText::all::<QueryWeights>(multiply),
        KernelText::all::<FinalPolynomial>(multiply),
        KernelText::all::<OpenRows>(multiply),
        KernelText::all::<OpenPaths>(multiply),
    ];
    texts.concat()
}
