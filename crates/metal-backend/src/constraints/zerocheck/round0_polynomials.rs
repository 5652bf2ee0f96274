//! Round 0 of the batch sumcheck: from the values on cosets to the round polynomial.
//!
//! A few hundred field elements a trace, so this is done on the host, where the transcript is
//! between two stages. Upstream's specification is `prove_zerocheck_and_logup` in
//! `prover/logup_zerocheck/mod.rs`.

use openvm_stark_backend::{
    p3_field::{Field, PrimeCharacteristicRing},
    p3_matrix::dense::RowMajorMatrix,
    poly_common::{eq_uni_poly, UnivariatePoly},
    prover::{poly::eq_sharp_uni_poly, sumcheck::sumcheck_round0_deg},
    FiatShamirTranscript,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, EF, F};

use super::{
    round0::{n_cosets, place},
    sum_kind::SumKind,
};
use crate::{constraints::statement::Statement, powers::powers};

/// What round 0 puts into the proof and hands to the next round.
#[derive(Clone, Debug)]
pub struct Round0 {
    /// The traces' shares of the LogUp numerator claim.
    pub numerator_claims: Vec<EF>,
    /// The traces' shares of the LogUp denominator claim, without alpha.
    pub denominator_claims: Vec<EF>,
    /// Combines the sums of all traces.
    pub mu: EF,
    /// `s_0` in coefficients.
    pub coefficients: Vec<EF>,
    /// The challenge.
    pub r_0: EF,
}

impl Round0 {
    /// Interpolates the `values` of [`super::round0::record`], and observes and samples the round.
    pub fn new(
        statement: &Statement<'_>,
        values: &[EF],
        xi: &[EF],
        transcript: &mut impl FiatShamirTranscript<BabyBearPoseidon2Config>,
    ) -> Self {
        let (l_skip, n_traces) = (statement.l_skip, statement.traces.len());
        let sums: Vec<_> = (0..n_traces)
            .map(|trace| SumKind::ALL.map(|kind| polynomial(statement, values, trace, kind)))
            .collect();
        let eq_sharp = eq_sharp_uni_poly(&xi[..l_skip]).into_coeffs();
        let claims = |kind: SumKind| -> Vec<EF> {
            let polynomials = sums.iter().map(|sums| &sums[kind as usize]);
            polynomials
                .map(|sum| sum_over_domain(&eq_sharp, sum))
                .collect()
        };
        let numerator_claims = claims(SumKind::Numerators);
        let denominator_claims = claims(SumKind::Denominators);
        for (&numerator, &denominator) in numerator_claims.iter().zip(&denominator_claims) {
            transcript.observe_ext(numerator);
            transcript.observe_ext(denominator);
        }
        let mu = transcript.sample_ext();

        let mu_powers = powers(mu, 3 * n_traces);
        let (mut logup, mut zerocheck) = (vec![], vec![]);
        for (i, [constraints, numerators, denominators]) in sums.iter().enumerate() {
            add_scaled(&mut logup, mu_powers[2 * i], numerators);
            add_scaled(&mut logup, mu_powers[2 * i + 1], denominators);
            add_scaled(&mut zerocheck, mu_powers[2 * n_traces + i], constraints);
        }
        let eq_uni = eq_uni_poly::<F, _>(l_skip, xi.first().copied().unwrap_or(EF::ZERO));
        let len = sumcheck_round0_deg(l_skip, statement.degree + 1) + 1;
        let mut coefficients = vec![EF::ZERO; len];
        add_product(&mut coefficients, &eq_sharp, &logup);
        add_product(&mut coefficients, eq_uni.coeffs(), &zerocheck);
        coefficients.iter().for_each(|&c| transcript.observe_ext(c));
        let r_0 = transcript.sample_ext();
        Self {
            numerator_claims,
            denominator_claims,
            mu,
            coefficients,
            r_0,
        }
    }

    /// `s_0(r_0)`.
    pub fn claim(&self) -> EF {
        let horner = |sum: EF, &c: &EF| sum * self.r_0 + c;
        self.coefficients.iter().rev().fold(EF::ZERO, horner)
    }
}

/// A sum over the hypercube as a polynomial in the skip variable, in coefficients,
/// no more than the degree has.
fn polynomial(statement: &Statement<'_>, values: &[EF], trace: usize, kind: SumKind) -> Vec<EF> {
    let l_skip = statement.l_skip;
    let n_cosets = n_cosets(&statement.traces[trace], kind);
    let (start, n) = (place(statement, trace, kind), 1 << l_skip);
    let at = |coset: usize, z: usize| values[start + (coset << l_skip) + z];
    let by_point = (0..n).flat_map(|z| (0..n_cosets).map(move |coset| (coset, z)));
    let g = F::GENERATOR;
    let mut coefficients = if kind == SumKind::Constraints {
        // The sum vanishes on D, so it is Z^N - 1 times what is interpolated.
        let vanishing = g.powers().skip(1).take(n_cosets);
        let vanishing = vanishing.map(|shift| (shift.exp_power_of_2(l_skip) - F::ONE).inverse());
        let inverses: Vec<_> = vanishing.collect();
        let quotient = by_point
            .map(|(coset, z)| at(coset, z) * inverses[coset])
            .collect();
        let quotient = interpolate(quotient, n_cosets, g);
        let degree = sumcheck_round0_deg(l_skip, statement.traces[trace].degree);
        let coefficient = |i: usize| quotient.get(i).copied().unwrap_or(EF::ZERO);
        let shifted = |i: usize| i.checked_sub(n).map_or(EF::ZERO, coefficient);
        (0..=degree).map(|i| shifted(i) - coefficient(i)).collect()
    } else {
        interpolate(
            by_point.map(|(coset, z)| at(coset, z)).collect(),
            n_cosets,
            g,
        )
    };
    coefficients.truncate(sumcheck_round0_deg(l_skip, statement.degree) + 1);
    coefficients
}

/// The polynomial with these values on the cosets `g D`, `g^2 D`, ..., those of one point of `D`
/// beside each other.
fn interpolate(values: Vec<EF>, n_cosets: usize, g: F) -> Vec<EF> {
    if n_cosets == 0 {
        return vec![];
    }
    let matrix = RowMajorMatrix::new(values, n_cosets);
    UnivariatePoly::from_geometric_cosets_evals_idft(matrix, g, g).into_coeffs()
}

/// The sum over `D` of `eq * polynomial`: `N` times the coefficients of the product whose exponents
/// are multiples of `N`.
fn sum_over_domain(eq: &[EF], polynomial: &[EF]) -> EF {
    let n = eq.len();
    let terms = polynomial
        .iter()
        .enumerate()
        .map(|(i, &c)| c * eq[(n - i % n) % n]);
    terms.sum::<EF>() * F::from_usize(n)
}

fn add_scaled(sum: &mut Vec<EF>, factor: EF, polynomial: &[EF]) {
    sum.resize(sum.len().max(polynomial.len()), EF::ZERO);
    for (sum, &c) in sum.iter_mut().zip(polynomial) {
        *sum += factor * c;
    }
}

fn add_product(sum: &mut [EF], a: &[EF], b: &[EF]) {
    for (i, &a) in a.iter().enumerate() {
        for (j, &b) in b.iter().enumerate() {
            sum[i + j] += a * b;
        }
    }
}
