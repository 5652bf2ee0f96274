//! Upstream's parameters, made small enough for a software adapter.

use openvm_sdk::config::AggregationSystemParams;
use openvm_stark_backend::SystemParams;
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security, internal_params_with_100_bits_security,
    leaf_params_with_100_bits_security, WHIR_MAX_LOG_FINAL_POLY_LEN,
};

/// The least stacked height that holds the tables of RV32M.
const LOG_STACKED_HEIGHT: usize = 19;

/// `params` with one query a round and no proof-of-work: sound enough to tell right from wrong by
/// accident, and fast enough for a software adapter.
fn toy(mut params: SystemParams) -> SystemParams {
    params.logup.pow_bits = 0;
    params.whir.mu_pow_bits = 0;
    params.whir.folding_pow_bits = 0;
    params.whir.query_phase_pow_bits = 0;
    for round in &mut params.whir.rounds {
        round.num_queries = 1;
    }
    params
}

pub fn app_params() -> SystemParams {
    toy(app_params_with_100_bits_security(LOG_STACKED_HEIGHT))
}

/// Those of production, for circuits that verify a query a round: fewer rows, and so a lower stack.
pub fn aggregation_params() -> AggregationSystemParams {
    AggregationSystemParams {
        leaf: lowered(leaf_params_with_100_bits_security(), 18),
        internal: lowered(internal_params_with_100_bits_security(), 17),
    }
}

fn lowered(mut params: SystemParams, log_stacked_height: usize) -> SystemParams {
    params.n_stack = log_stacked_height - params.l_skip;
    let n_folded = log_stacked_height - WHIR_MAX_LOG_FINAL_POLY_LEN;
    params
        .whir
        .rounds
        .truncate(n_folded.div_ceil(params.k_whir()));
    toy(params)
}
