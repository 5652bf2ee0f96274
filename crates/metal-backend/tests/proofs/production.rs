//! Upstream's production parameters, scaled down in height.

use openvm_stark_backend::SystemParams;
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security, hook_params_with_100_bits_security,
    internal_params_with_100_bits_security, leaf_params_with_100_bits_security,
    root_params_with_100_bits_security, WHIR_MAX_LOG_FINAL_POLY_LEN,
};

use crate::common::{
    random_air::RandomAir,
    statement::{with_proof_of_work, Statement},
};

/// The smallest with two rounds of WHIR, where there are three in production.
pub const LOG_STACKED_HEIGHT: usize = 15;

/// All parameter sets that upstream builds, for a stacked height of `2^LOG_STACKED_HEIGHT` and with
/// `pow_bits` of proof-of-work. Rates, univariate skip, folding, decoding, the bound on the final
/// polynomial, and the number of queries of a round are those of production.
pub fn parameter_sets(pow_bits: usize) -> Vec<(&'static str, SystemParams)> {
    let scaled_down = |(name, mut params): (&'static str, SystemParams)| {
        params.n_stack = LOG_STACKED_HEIGHT - params.l_skip;
        let n_folded = LOG_STACKED_HEIGHT - WHIR_MAX_LOG_FINAL_POLY_LEN;
        let n_rounds = n_folded.div_ceil(params.k_whir());
        params.whir.rounds.truncate(n_rounds);
        (name, with_proof_of_work(params, pow_bits))
    };
    let sets = [
        ("app", app_params_with_100_bits_security(LOG_STACKED_HEIGHT)),
        ("leaf", leaf_params_with_100_bits_security()),
        ("internal", internal_params_with_100_bits_security()),
        ("root", root_params_with_100_bits_security()),
        ("hook", hook_params_with_100_bits_security()),
    ];
    sets.into_iter().map(scaled_down).collect()
}

/// Traces far above, above, at and below `2^l_skip`: several columns of the stack, and four
/// commitments.
pub fn statement(params: &SystemParams) -> Statement {
    let (degree, l_skip) = (params.max_constraint_degree, params.l_skip);
    let every_part =
        |log_height: usize| RandomAir::with_every_part(log_height as u64, degree, 1 << log_height);
    let common_only = |log_height, common| RandomAir {
        preprocessed: 0,
        cached: Vec::new(),
        common,
        ..every_part(log_height)
    };
    let airs = [
        common_only(12, 20),
        every_part(l_skip + 1),
        common_only(l_skip, 2),
        common_only(l_skip - 1, 2),
    ];
    let airs = airs.map(|air| (air, true)).into();
    Statement::of_random_airs("four AIRs", 1, params, airs)
}
