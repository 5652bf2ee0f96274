//! The input layer of the LogUp GKR circuit: one fraction for each interaction and row.
//!
//! Upstream's specification is the first part of `prove_zerocheck_and_logup` in
//! `prover/logup_zerocheck/mod.rs`.

mod layer;
mod plan;
mod weights;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use self::{layer::record_padding, plan::InputLayerPlan, weights::InteractionWeights};
use super::{
    kernels::ConstraintKernels,
    logup_gkr::{check_log_len, Fractions},
    statement::Statement,
};
use crate::{gpu::Recorder, kernels::gkr::Numerators, MetalError};

/// Records the input layer of `statement` for the challenges `alpha` and `beta`.
///
/// It has `2^(l_skip + n_logup)` fractions. The interactions of a trace follow each other in the
/// statement's layout, each with one fraction for every row of the lifted trace; the rest is
/// `0 / alpha`. Numerators are divided by how often the lift repeats a row.
///
/// The statement must have interactions.
pub fn record(
    recorder: &mut Recorder<'_>,
    kernels: &ConstraintKernels,
    statement: &Statement<'_>,
    [alpha, beta]: [EF; 2],
) -> Result<Fractions, MetalError> {
    let gpu = recorder.gpu();
    let log_len = statement.layer_len().ilog2();
    check_log_len(log_len)?;
    let layer = Fractions::alloc(gpu, log_len, Numerators::Base)?;
    let padding = &kernels.pad_fractions;
    record_padding(recorder, padding, &layer, statement.n_fractions, alpha);
    let weights = InteractionWeights::upload(gpu, statement, [alpha, beta])?;
    let plan = InputLayerPlan::new(gpu, statement, &weights, layer.block_len());
    plan.record(recorder, kernels, &layer)?;
    Ok(layer)
}
