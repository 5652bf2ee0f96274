//! Where the stage's values are on the tape, and the proof that is made of them.

use std::iter;

use openvm_stark_backend::proof::StackingProof;
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF};

use super::plan::StackedReductionPlan;
use crate::{
    gpu::{word, Element},
    kernels::stacked_reduction::ROUND_WORDS,
    transcript::{Place, Tape, TapePlan},
};

/// Where the stage's values are on the tape.
pub struct StackedReductionPlaces {
    /// What the claims are batched with.
    pub lambda: Place,
    /// The coefficients of round 0's polynomial.
    pub s_0: Place,
    /// Its challenge.
    pub u_0: Place,
    /// The polynomials of rounds 1 to `n_stack`, each with its challenge.
    rounds: Vec<(Place, Place)>,
    /// The openings of all commitments.
    pub openings: Place,
}

impl StackedReductionPlaces {
    /// The tape of a reduction, and the places on it.
    pub fn new(plan: &StackedReductionPlan) -> (TapePlan, Self) {
        let mut tape = TapePlan::new();
        let places = Self {
            lambda: tape.sample_ext(1),
            s_0: tape.observe_ext(2 * plan.skip_size() - 1),
            u_0: tape.sample_ext(1),
            rounds: (0..plan.n_stack)
                .map(|_| (tape.observe_ext(2), tape.sample_ext(1)))
                .collect(),
            openings: tape.observe_ext(plan.n_openings()),
        };
        (tape, places)
    }

    /// The word that the challenge of round `round` begins with: rounds follow each other.
    pub fn challenge(&self, round: usize) -> u32 {
        self.u_0.start + word(round) * ROUND_WORDS
    }

    /// The proof and its point, from the tape that came back.
    pub fn proof(
        &self,
        tape: &Tape,
        plan: &StackedReductionPlan,
    ) -> (StackingProof<BabyBearPoseidon2Config>, Vec<EF>) {
        let at = |place| tape.ext(place);
        let mut openings = at(self.openings).into_iter();
        let widths = plan.widths.iter();
        let proof = StackingProof {
            univariate_round_coeffs: at(self.s_0),
            sumcheck_round_polys: self
                .rounds
                .iter()
                .map(|(evaluations, _)| {
                    let evaluations = at(*evaluations);
                    [evaluations[0], evaluations[1]]
                })
                .collect(),
            stacking_openings: widths
                .map(|width| openings.by_ref().take(*width).collect())
                .collect(),
        };
        let challenges = self.rounds.iter().map(|(_, challenge)| *challenge);
        let u = iter::once(self.u_0).chain(challenges).flat_map(at);
        (proof, u.collect())
    }
}

/// The place of a word for kernels that read the tape as vectors of four words.
pub fn in_vectors(word: u32) -> u32 {
    word / EF::WORDS as u32
}
