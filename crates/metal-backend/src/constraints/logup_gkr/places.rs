//! What a fractional sumcheck observes and samples.

use openvm_stark_backend::{
    proof::GkrLayerClaims, prover::fractional_sumcheck_gkr::FracSumcheckProof,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF};

use crate::transcript::{Place, Tape, TapePlan};

/// The places of all values on the tape, in protocol order; see upstream's
/// `verifier/fractional_sumcheck_gkr.rs`.
#[derive(Clone, Debug)]
pub(super) struct GkrPlaces {
    /// A layer each, `n` rounds in layer `n`.
    layers: Vec<LayerPlaces>,
}

/// The places of a layer.
#[derive(Clone, Debug)]
pub(super) struct LayerPlaces {
    /// Lambda; in layer 0 the root's denominator, and before it its numerator, if that is observed.
    pub(super) lambda: Place,
    /// All of its rounds.
    pub(super) rounds: Vec<GkrRoundPlaces>,
    /// The four values that it claims of the next layer.
    claims: Place,
    /// What joins them, the first coordinate of the next layer's point.
    pub(super) mu: Place,
}

/// The places of a sumcheck round.
#[derive(Clone, Copy, Debug)]
pub(super) struct GkrRoundPlaces {
    /// The polynomial at 1, 2 and 3.
    pub(super) evaluations: Place,
    /// The challenge.
    pub(super) challenge: Place,
}

impl GkrPlaces {
    /// Appends the protocol for `2^log_len` fractions to `tape`.
    pub(super) fn plan(tape: &mut TapePlan, log_len: u32, observes_numerator: bool) -> Self {
        if observes_numerator {
            tape.observe_ext(1);
        }
        // Fields are made in protocol order. All places lie one after the other, which the kernels
        // rely on.
        let layer = |n| LayerPlaces {
            lambda: match n {
                0 => tape.observe_ext(1),
                _ => tape.sample_ext(1),
            },
            rounds: (0..n)
                .map(|_| GkrRoundPlaces {
                    evaluations: tape.observe_ext(3),
                    challenge: tape.sample_ext(1),
                })
                .collect(),
            claims: tape.observe_ext(4),
            mu: tape.sample_ext(1),
        };
        Self {
            layers: (0..log_len).map(layer).collect(),
        }
    }

    /// The places of layer `n`.
    pub(super) fn layer(&self, n: u32) -> &LayerPlaces {
        &self.layers[n as usize]
    }

    /// The proof, and the point `xi`. `p_root` is the root's numerator.
    pub(super) fn proof(
        &self,
        tape: &Tape,
        p_root: EF,
    ) -> (FracSumcheckProof<BabyBearPoseidon2Config>, Vec<EF>) {
        let ext = |place| tape.ext(place);
        let claims = self.layers.iter().map(|layer| {
            let claims = ext(layer.claims);
            GkrLayerClaims {
                p_xi_0: claims[0],
                q_xi_0: claims[1],
                p_xi_1: claims[2],
                q_xi_1: claims[3],
            }
        });
        let polys = self.layers.iter().skip(1).map(|layer| {
            let evals = layer.rounds.iter().map(|round| ext(round.evaluations));
            evals.map(|evals| [evals[0], evals[1], evals[2]]).collect()
        });
        let xi = self.layers.iter().last().into_iter().flat_map(|layer| {
            let rho = layer.rounds.iter().map(|round| round.challenge);
            std::iter::once(layer.mu).chain(rho).flat_map(ext)
        });
        let proof = FracSumcheckProof {
            fractional_sum: (p_root, ext(self.layers[0].lambda)[0]),
            claims_per_layer: claims.collect(),
            sumcheck_polys: polys.collect(),
        };
        (proof, xi.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_where_the_kernels_expect_them() {
        for (observes_numerator, before) in [(false, 0), (true, 0), (true, 7)] {
            let mut tape = TapePlan::new();
            let start = match before {
                0 => 0,
                n => tape.observe(n).n_words.div_ceil(4),
            };
            let places = GkrPlaces::plan(&mut tape, 6, observes_numerator);
            let mut at = start + u32::from(observes_numerator);
            for (n, layer) in (0..).zip(&places.layers) {
                assert_eq!(layer.lambda.first_ext(), at);
                for (i, round) in (0..).zip(&layer.rounds) {
                    assert_eq!(round.evaluations.first_ext(), at + 1 + 4 * i);
                    assert_eq!(round.challenge.first_ext(), at + 4 + 4 * i);
                }
                assert_eq!(layer.claims.first_ext(), at + 1 + 4 * n);
                assert_eq!(layer.mu.first_ext(), at + 5 + 4 * n);
                at += 4 * n + 6;
            }
        }
    }
}
