//! Whether a proving key is one for the parameters of an engine.

use openvm_stark_backend::{
    interaction::LogUpSecurityParameters, SystemParams, WhirConfig, WhirRoundConfig,
};

use crate::MetalError;

/// An error that names the first parameter in which `key` and `engine` differ.
pub fn check_same(key: &SystemParams, engine: &SystemParams) -> Result<(), MetalError> {
    if key == engine {
        return Ok(());
    }
    let values = values(key).into_iter().zip(values(engine));
    let (of_key, of_engine) = { values }
        .find(|(key, engine)| key != engine)
        .unwrap_or_default();
    Err(MetalError::OtherParameters {
        parameter: of_key.0,
        key: of_key.1,
        engine: of_engine.1,
    })
}

/// The parameters by name.
fn values(params: &SystemParams) -> [(&'static str, String); 14] {
    // Without `..`, so that no parameter is forgotten.
    let SystemParams {
        l_skip,
        n_stack,
        w_stack,
        log_blowup,
        whir,
        logup,
        max_constraint_degree,
    } = params;
    let WhirConfig {
        k,
        rounds,
        mu_pow_bits,
        query_phase_pow_bits,
        folding_pow_bits,
        proximity,
    } = whir;
    let n_queries = |WhirRoundConfig { num_queries }: &WhirRoundConfig| *num_queries;
    let n_queries: Vec<usize> = rounds.iter().map(n_queries).collect();
    let LogUpSecurityParameters {
        max_interaction_count,
        log_max_message_length,
        pow_bits,
    } = logup;
    [
        ("l_skip", l_skip.to_string()),
        ("n_stack", n_stack.to_string()),
        ("w_stack", w_stack.to_string()),
        ("log_blowup", log_blowup.to_string()),
        ("max_constraint_degree", max_constraint_degree.to_string()),
        ("whir.k", k.to_string()),
        ("whir.rounds", format!("{n_queries:?} queries")),
        ("whir.mu_pow_bits", mu_pow_bits.to_string()),
        (
            "whir.query_phase_pow_bits",
            query_phase_pow_bits.to_string(),
        ),
        ("whir.folding_pow_bits", folding_pow_bits.to_string()),
        ("whir.proximity", format!("{proximity:?}")),
        (
            "logup.max_interaction_count",
            max_interaction_count.to_string(),
        ),
        (
            "logup.log_max_message_length",
            log_max_message_length.to_string(),
        ),
        ("logup.pow_bits", pow_bits.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use openvm_stark_backend::{test_utils::test_system_params_small, WhirProximityStrategy};

    use super::*;

    /// Changes one parameter.
    type Change = fn(&mut SystemParams);

    #[test]
    fn the_first_parameter_that_differs_is_named_with_both_values() {
        let changes: [(&str, Change); 14] = [
            ("l_skip", |params| params.l_skip += 1),
            ("n_stack", |params| params.n_stack += 1),
            ("w_stack", |params| params.w_stack += 1),
            ("log_blowup", |params| params.log_blowup += 1),
            ("max_constraint_degree", |params| {
                params.max_constraint_degree += 1
            }),
            ("whir.k", |params| params.whir.k += 1),
            ("whir.rounds", |params| {
                params.whir.rounds[0].num_queries += 1
            }),
            ("whir.mu_pow_bits", |params| params.whir.mu_pow_bits += 1),
            ("whir.query_phase_pow_bits", |params| {
                params.whir.query_phase_pow_bits += 1
            }),
            ("whir.folding_pow_bits", |params| {
                params.whir.folding_pow_bits += 1
            }),
            ("whir.proximity", |params| {
                params.whir.proximity = WhirProximityStrategy::ListDecoding { m: 77 };
            }),
            ("logup.max_interaction_count", |params| {
                params.logup.max_interaction_count -= 1
            }),
            ("logup.log_max_message_length", |params| {
                params.logup.log_max_message_length += 1
            }),
            ("logup.pow_bits", |params| params.logup.pow_bits += 1),
        ];
        let engine = test_system_params_small(2, 8, 3);
        assert!(check_same(&engine, &engine).is_ok());
        for (name, change) in changes {
            let mut key = engine.clone();
            change(&mut key);
            let error = check_same(&key, &engine).unwrap_err();
            let MetalError::OtherParameters {
                parameter,
                key,
                engine,
            } = error
            else {
                panic!("{name}: {error}");
            };
            assert_eq!(parameter, name);
            assert_ne!(key, engine, "{name}");
        }
    }
}
