//! Where the multilinear rounds' polynomials and challenges are on the tape.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    constraints::statement::Statement,
    gpu::Element,
    transcript::{Place, TapePlan},
};

/// The places, by round.
#[derive(Clone, Debug)]
pub struct RoundPlaces {
    /// `s_j` at `1, ..., d + 1`.
    pub polynomials: Vec<Place>,
    /// `r_j`.
    pub challenges: Vec<Place>,
}

/// Where the challenges after `r_0` are, in extension elements.
#[derive(Clone, Copy, Debug)]
pub struct PointPlaces {
    /// Place of `r_1`.
    pub first: u32,
    /// From one to the next.
    pub step: u32,
}

impl RoundPlaces {
    /// Plans what the rounds observe and sample.
    pub fn plan(statement: &Statement<'_>) -> (TapePlan, Self) {
        let mut plan = TapePlan::new();
        let n_values = statement.degree + 1;
        let rounds = (0..statement.n_max).map(|_| (plan.observe_ext(n_values), plan.sample_ext(1)));
        let (polynomials, challenges) = rounds.unzip();
        let places = Self {
            polynomials,
            challenges,
        };
        (plan, places)
    }

    /// Where the challenges are, for kernels.
    pub fn point(&self) -> PointPlaces {
        let place = |round: usize| self.challenges.get(round).map_or(0, |&p| in_elements(p));
        PointPlaces {
            first: place(0),
            step: place(1).saturating_sub(place(0)),
        }
    }

    /// Place of a round's polynomial, from round 1 on, in extension elements.
    pub fn polynomial(&self, round: usize) -> u32 {
        in_elements(self.polynomials[round - 1])
    }

    /// Place of a round's challenge.
    pub fn challenge(&self, round: usize) -> u32 {
        in_elements(self.challenges[round - 1])
    }

    /// Place of the challenge before a round's; the first round reads none.
    pub fn last_challenge(&self, round: usize) -> u32 {
        match round {
            0 | 1 => 0,
            _ => self.challenge(round - 1),
        }
    }
}

fn in_elements(place: Place) -> u32 {
    place.start / EF::WORDS as u32
}
