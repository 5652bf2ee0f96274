//! The polynomial of round 0, from its sums over the hypercube, and its challenge.

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{input::StackedReductionInput, places::in_vectors, univariate::Term};
use crate::{
    gpu::{word, Buffer, GpuError, Recorder},
    kernels::{
        stacked_reduction::{
            Round0CoefficientsBindings, Round0Params, Round0PolynomialBindings,
            Round0ScalarsBindings, Round0ValuesBindings, TermResults,
        },
        transcript::Operations,
    },
    powers::powers,
    transcript::sponge::to_word,
};

/// What the round polynomial is made of.
pub struct PolynomialInput<'a> {
    /// The first challenge of the claims' point.
    pub r_0: EF,
    /// The terms.
    pub terms: &'a [Term],
    /// Which results belong to each.
    pub term_results: &'a [TermResults],
    /// The sums over the hypercube.
    pub results: &'a Buffer<EF>,
}

/// Records the round polynomial, its observation, and the challenge; returns what is needed of that.
pub fn record(
    recorder: &mut Recorder<'_>,
    input: &StackedReductionInput<'_>,
    polynomial: PolynomialInput<'_>,
) -> Result<Buffer<EF>, GpuError> {
    let (gpu, plan, places) = (recorder.gpu(), input.plan, input.places);
    let PolynomialInput { r_0, terms, .. } = polynomial;
    let size = plan.skip_size();
    let tape = input.sponge.tape();
    let kernels: Vec<EF> = terms
        .iter()
        .flat_map(|term| term.kernel(plan.log_skip, r_0))
        .collect();
    let omega_inverse = F::two_adic_generator(plan.log_skip).inverse();
    let roots: Vec<F> = powers(omega_inverse, size);
    let term_results = gpu.upload(polynomial.term_results, "round 0 terms")?;
    let kernels = gpu.upload(&kernels, "round 0 kernels")?;
    let roots = gpu.upload(&roots, "roots of unity")?;
    let values = gpu.alloc(terms.len() * size, "values of round 0's terms")?;
    let factors = gpu.alloc(2 * terms.len() * size, "factors of round 0's terms")?;
    let params = Round0Params {
        log_skip: word(plan.log_skip),
        n_terms: word(terms.len()),
        inverse_size: to_word(F::from_usize(size).inverse()),
        lambda_place: in_vectors(places.lambda.start),
        s_0_place: in_vectors(places.s_0.start),
        u_0_place: in_vectors(places.u_0.start),
    };
    let bindings = Round0ValuesBindings {
        results: polynomial.results,
        terms: &term_results,
        values: &values,
    };
    let round0_values = &input.kernels.round0_values;
    round0_values.record(recorder, bindings, params);
    let bindings = Round0CoefficientsBindings {
        values: &values,
        kernels: &kernels,
        roots: &roots,
        tape,
        factors: &factors,
    };
    let round0_coefficients = &input.kernels.round0_coefficients;
    round0_coefficients.record(recorder, bindings, params);
    let bindings = Round0PolynomialBindings {
        factors: &factors,
        tape,
    };
    let round0_polynomial = &input.kernels.round0_polynomial;
    round0_polynomial.record(recorder, bindings, params);

    let mut operations = Operations::new();
    operations.observe_tape(places.s_0);
    operations.sample(places.u_0);
    operations.record(recorder, input.sponge)?;

    let scalars = gpu.alloc(size + terms.len(), "values at u_0")?;
    let bindings = Round0ScalarsBindings {
        factors: &factors,
        roots: &roots,
        tape,
        scalars: &scalars,
    };
    let round0_scalars = &input.kernels.round0_scalars;
    round0_scalars.record(recorder, bindings, params);
    Ok(scalars)
}
