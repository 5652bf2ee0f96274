//! What a fractional sumcheck observes and samples.

use openvm_stark_backend::{
    proof::GkrLayerClaims, prover::fractional_sumcheck_gkr::FracSumcheckProof,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF};

use crate::transcript::{Place, Tape, TapePlan};

/// The places of all values on the tape, in protocol order; see upstream's
/// `verifier/fractional_sumcheck_gkr.rs`.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The root's denominator; its numerator, if observed, comes before.
    q_root: Place,
    /// A layer each, `n` rounds in layer `n`.
    layers: Vec<LayerPlaces>,
}

#[derive(Clone, Debug)]
struct LayerPlaces {
    /// Polynomials and challenges.
    rounds: Vec<[Place; 2]>,
    claims: Place,
    mu: Place,
}

impl Places {
    /// Appends the protocol for `2^log_len` fractions to `tape`.
    pub(super) fn plan(tape: &mut TapePlan, log_len: u32, observes_numerator: bool) -> Self {
        if observes_numerator {
            tape.observe_ext(1);
        }
        let q_root = tape.observe_ext(1);
        let layer = |n| {
            if n > 0 {
                // lambda
                tape.sample_ext(1);
            }
            LayerPlaces {
                rounds: (0..n)
                    .map(|_| [tape.observe_ext(3), tape.sample_ext(1)])
                    .collect(),
                claims: tape.observe_ext(4),
                mu: tape.sample_ext(1),
            }
        };
        Self {
            q_root,
            layers: (0..log_len).map(layer).collect(),
        }
    }

    /// Where layer `n`'s part starts, in extension elements: at lambda. All places lie one after
    /// the other, which the kernels rely on.
    pub(super) fn layer_at(&self, n: u32) -> u32 {
        self.layers[n as usize].claims.start / 4 - 4 * n - 1
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
            let evals = layer.rounds.iter().map(|[evals, _]| ext(*evals));
            evals.map(|evals| [evals[0], evals[1], evals[2]]).collect()
        });
        let xi = self.layers.iter().last().into_iter().flat_map(|layer| {
            let rho = layer.rounds.iter().map(|[_, r]| *r);
            std::iter::once(layer.mu).chain(rho).flat_map(ext)
        });
        let proof = FracSumcheckProof {
            fractional_sum: (p_root, ext(self.q_root)[0]),
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
            let places = Places::plan(&mut tape, 6, observes_numerator);
            let mut at = start + u32::from(observes_numerator);
            assert_eq!(places.q_root.start, 4 * at);
            for (n, layer) in (0..).zip(&places.layers) {
                assert_eq!(places.layer_at(n), at);
                for (i, [evals, r]) in (0..).zip(&layer.rounds) {
                    assert_eq!(evals.start, 4 * (at + 1 + 4 * i));
                    assert_eq!(r.start, 4 * (at + 4 + 4 * i));
                }
                assert_eq!(layer.claims.start, 4 * (at + 1 + 4 * n));
                assert_eq!(layer.mu.start, 4 * (at + 5 + 4 * n));
                at += 4 * n + 6;
            }
        }
    }
}
