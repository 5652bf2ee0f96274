//! What WHIR observes and samples, in protocol order, and the sizes that follow from the parameters.

use openvm_stark_backend::SystemParams;
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, EF};

use crate::{
    commit::MerkleTree,
    gpu::Element,
    kernels::ntt::MAX_LOG_SKIP,
    transcript::{Nonce, Place, TapePlan},
    MetalError,
};

/// The stage's shape. Made without a GPU.
#[derive(Clone, Debug)]
pub struct WhirPlan {
    /// All that goes through the transcript.
    pub tape: TapePlan,
    /// Number of variables of the batched polynomial: `l_skip + n_stack`.
    pub log_height: usize,
    /// Number of those that the univariate skip takes together.
    pub l_skip: usize,
    /// Proof-of-work before `mu`.
    pub mu_pow: Nonce,
    /// What the committed columns are batched with.
    pub mu: Place,
    /// The rounds, at least one.
    pub rounds: Vec<WhirRound>,
}

/// A WHIR round.
#[derive(Clone, Debug)]
pub struct WhirRound {
    /// `k_whir` rounds of sumcheck.
    pub sumcheck: Vec<SumcheckRound>,
    /// Logarithm of the length of the folded polynomial.
    pub log_len: usize,
    /// What the folded polynomial becomes.
    pub outcome: Outcome,
    /// Proof-of-work before the queries.
    pub query_pow: Nonce,
    /// Logarithm of the number of query indices.
    pub log_queries: usize,
    /// The queries' indices.
    pub indices: Place,
    /// What the samples are batched with.
    pub gamma: Place,
}

/// A round of sumcheck.
#[derive(Clone, Copy, Debug)]
pub struct SumcheckRound {
    /// The round polynomial at 1 and 2.
    pub sums: Place,
    /// Proof-of-work before `alpha`.
    pub pow: Nonce,
    /// What a variable is fixed to.
    pub alpha: Place,
}

/// What a round ends with.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// A codeword of the folded polynomial.
    Codeword {
        /// Logarithm of its length.
        log_code_len: usize,
        /// The Merkle root.
        root: Place,
        /// The out-of-domain point.
        z_0: Place,
        /// The folded polynomial there.
        y_0: Place,
    },
    /// The folded polynomial itself, in the last round.
    Final {
        /// Its coefficients.
        coefficients: Place,
    },
}

impl WhirPlan {
    /// Plans the stage.
    ///
    /// # Errors
    /// For parameters that have no round, fold more variables than there are, ask for more
    /// proof-of-work than the field has bits, or have a larger `l_skip` than the kernels.
    pub fn new(params: &SystemParams) -> Result<Self, MetalError> {
        let whir = &params.whir;
        let log_height = params.log_stacked_height();
        check("l_skip", params.l_skip, MAX_LOG_SKIP as usize)?;
        check(
            "whir.k * whir.rounds",
            whir.num_sumcheck_rounds(),
            log_height,
        )?;
        if whir.rounds.is_empty() || whir.k == 0 {
            return Err(MetalError::NoWhirRounds);
        }
        let mut tape = TapePlan::new();
        let mu_pow = tape.grind(whir.mu_pow_bits)?;
        let mu = tape.sample_ext(1);
        let mut rounds = Vec::with_capacity(whir.rounds.len());
        for (i, round) in whir.rounds.iter().enumerate() {
            let log_domain = log_height + params.log_blowup - i;
            let log_len = log_height - (i + 1) * whir.k;
            let sumcheck_round = |_| {
                Ok(SumcheckRound {
                    sums: tape.observe_ext(2),
                    pow: tape.grind(whir.folding_pow_bits)?,
                    alpha: tape.sample_ext(1),
                })
            };
            let sumcheck = (0..whir.k).map(sumcheck_round);
            let sumcheck = sumcheck.collect::<Result<_, MetalError>>()?;
            let outcome = if i + 1 < whir.rounds.len() {
                Outcome::Codeword {
                    log_code_len: log_domain - 1,
                    root: tape.observe(Digest::WORDS),
                    z_0: tape.sample_ext(1),
                    y_0: tape.observe_ext(1),
                }
            } else {
                Outcome::Final {
                    coefficients: tape.observe_ext(1 << log_len),
                }
            };
            let log_queries = log_domain - whir.k;
            rounds.push(WhirRound {
                sumcheck,
                log_len,
                outcome,
                query_pow: tape.grind(whir.query_phase_pow_bits)?,
                log_queries,
                indices: tape.sample_bits(round.num_queries, log_queries),
                gamma: tape.sample_ext(1),
            });
        }
        Ok(Self {
            tape,
            log_height,
            l_skip: params.l_skip,
            mu_pow,
            mu,
            rounds,
        })
    }

    /// Logarithm of the number of rows that a query opens.
    fn log_rows_per_query(&self) -> usize {
        self.rounds[0].sumcheck.len()
    }

    /// Checks that the commitments and the point are those that the plan is for.
    pub fn check(&self, trees: &[&MerkleTree], u: &[EF]) -> Result<(), MetalError> {
        if trees.is_empty() || u.len() != self.log_height {
            return Err(MetalError::OpeningPoint {
                commitments: trees.len(),
                coordinates: u.len(),
                expected_coordinates: self.log_height,
            });
        }
        let expected_rows_per_query = 1 << self.log_rows_per_query();
        let expected_height = expected_rows_per_query << self.rounds[0].log_queries;
        for (commitment, tree) in trees.iter().enumerate() {
            let height = tree.code().height();
            let rows_per_query = tree.rows_per_query();
            if (height, rows_per_query) != (expected_height, expected_rows_per_query) {
                return Err(MetalError::CommitmentShape {
                    commitment,
                    height,
                    rows_per_query,
                    expected_height,
                    expected_rows_per_query,
                });
            }
        }
        Ok(())
    }
}

fn check(what: &'static str, value: usize, max: usize) -> Result<(), MetalError> {
    match value <= max {
        true => Ok(()),
        false => Err(MetalError::Parameters { what, value, max }),
    }
}

#[cfg(test)]
mod tests {
    use openvm_stark_sdk::config::{
        app_params_with_100_bits_security, internal_params_with_100_bits_security,
        leaf_params_with_100_bits_security, root_params_with_100_bits_security,
    };

    use super::*;

    #[test]
    fn production_parameters_are_planned_down_to_a_short_polynomial() {
        let all = [
            app_params_with_100_bits_security(24),
            leaf_params_with_100_bits_security(),
            internal_params_with_100_bits_security(),
            root_params_with_100_bits_security(),
        ];
        for params in all {
            let plan = WhirPlan::new(&params).unwrap();
            let last = &plan.rounds[plan.rounds.len() - 1];
            assert_eq!(last.log_len, params.log_final_poly_len());
            assert!(matches!(last.outcome, Outcome::Final { .. }));
            for pair in plan.rounds.windows(2) {
                assert_eq!(pair[0].log_queries, pair[1].log_queries + 1);
            }
        }
    }

    #[test]
    fn parameters_that_fold_too_much_or_nothing_are_errors() {
        let mut params = app_params_with_100_bits_security(21);
        params.whir.k = 8;
        let error = WhirPlan::new(&params).unwrap_err();
        assert!(matches!(
            error,
            MetalError::Parameters {
                value: 24,
                max: 21,
                ..
            }
        ));
        params.whir.k = 0;
        let error = WhirPlan::new(&params).unwrap_err();
        assert!(matches!(error, MetalError::NoWhirRounds));
        params.whir.k = 4;
        params.whir.rounds.clear();
        let error = WhirPlan::new(&params).unwrap_err();
        assert!(matches!(error, MetalError::NoWhirRounds));
    }
}
