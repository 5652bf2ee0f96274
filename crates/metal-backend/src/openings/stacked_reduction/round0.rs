//! Round 0: combines the slices, and sums over the hypercube to a polynomial in the skip variable.

use std::ops::Range;

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    combination::{Combination, PieceJobs, RowBand},
    input::StackedReductionInput,
    places::in_vectors,
    round0_tasks::Round0Tasks,
    univariate::Term,
};
use crate::{
    gpu::{Buffer, GpuError, Recorder},
    kernels::{
        sponge::to_word,
        stacked_reduction::{
            CombineBindings, CombineParams, EqTableBindings, EqTableParams, LambdaPowersBindings,
            LambdaPowersParams, Round0CoefficientsBindings, Round0Params, Round0PolynomialBindings,
            Round0ScalarsBindings, Round0SumsBindings, Round0SumsParams, Round0ValuesBindings,
            TermResults,
        },
        transcript::{Operations, Transcript},
    },
    MetalError,
};

/// What the other rounds take over from round 0.
pub struct Round0Output {
    /// `lambda^(2 i)` for every slice.
    pub powers: Buffer<EF>,
    /// `eq(x, r[1..1 + n])` at `2^n + x`.
    pub eq_table: Buffer<EF>,
    /// The groups' combinations, band by band.
    pub combined: Vec<CombinedBand>,
    /// `L_z(u_0)` for the skip domain's elements, then the terms' kernels at `u_0`.
    pub scalars: Buffer<EF>,
    /// The terms.
    pub terms: Vec<Term>,
}

/// A band of the groups' combinations.
pub struct CombinedBand {
    /// Its rows.
    pub rows: Range<usize>,
    /// A value for each of them.
    pub values: Buffer<EF>,
}

/// Records the sampling of lambda, and round 0 with its challenge.
pub fn record(
    recorder: &mut Recorder<'_>,
    input: &StackedReductionInput<'_>,
    r: &[EF],
) -> Result<Round0Output, MetalError> {
    let (gpu, plan) = (recorder.gpu(), input.plan);
    let powers = record_powers(recorder, input)?;
    let eq_table = record_eq_table(recorder, input, r)?;

    let terms = Term::of_plan(plan);
    let combination = Combination::new(plan, gpu.max_binding_bytes());
    let bands = combination.bands();
    let tasks = Round0Tasks::new(&combination, &bands, &terms);
    let results = gpu.alloc(2 * plan.skip_size() * tasks.n_tasks, "round 0 sums")?;
    let mut combined = Vec::new();
    for (band, tasks) in bands.iter().zip(&tasks.by_band) {
        let pieces = combination.piece_jobs(band);
        let sums = record_jobs(recorder, input, &pieces, band, &powers)?;
        let values = gpu.alloc(band.rows.len(), "combined slices")?;
        let bindings = Round0SumsBindings {
            tasks: &gpu.upload(tasks, "round 0 tasks")?,
            job_sums: &sums,
            eq_table: &eq_table,
            combined: &values,
            results: &results,
        };
        let params = Round0SumsParams {
            n_tasks: tasks.len() as u32,
            log_skip: plan.log_skip as u32,
        };
        let round0_sums = &input.kernels.round0_sums;
        round0_sums.record(recorder, bindings, params);
        combined.push(CombinedBand {
            rows: band.rows.clone(),
            values,
        });
    }
    let polynomial = PolynomialInput {
        r_0: r[0],
        terms: &terms,
        term_results: &tasks.terms,
        results: &results,
    };
    let scalars = record_polynomial(recorder, input, polynomial)?;
    Ok(Round0Output {
        powers,
        eq_table,
        combined,
        scalars,
        terms,
    })
}

fn record_powers(
    recorder: &mut Recorder<'_>,
    input: &StackedReductionInput<'_>,
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let lambda = input.places.lambda;
    let mut operations = Operations::new();
    operations.sample(lambda);
    Transcript::new(gpu)?.record(recorder, input.sponge, &operations)?;

    let n_powers = input.plan.n_slices;
    let powers = gpu.alloc(n_powers, "powers of lambda")?;
    let bindings = LambdaPowersBindings {
        tape: input.sponge.tape(),
        powers: &powers,
    };
    let params = LambdaPowersParams {
        n_powers: n_powers as u32,
        lambda_place: in_vectors(lambda.start),
    };
    input.kernels.powers.record(recorder, bindings, params);
    Ok(powers)
}

fn record_eq_table(
    recorder: &mut Recorder<'_>,
    input: &StackedReductionInput<'_>,
    r: &[EF],
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let max_vars = input.plan.max_vars();
    let point = gpu.upload(&r[..=max_vars], "opening point")?;
    let table = gpu.alloc(2 << max_vars, "eq table")?;
    let bindings = EqTableBindings {
        r: &point,
        table: &table,
    };
    let params = EqTableParams {
        n_values: 2 << max_vars,
    };
    input.kernels.eq.record(recorder, bindings, params);
    Ok(table)
}

/// Records the first pass over the rows of a band; returns the jobs' sums.
fn record_jobs(
    recorder: &mut Recorder<'_>,
    input: &StackedReductionInput<'_>,
    pieces: &[PieceJobs],
    band: &RowBand,
    powers: &Buffer<EF>,
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let sums = gpu.alloc(band.n_sums, "sums of slices")?;
    for piece in pieces {
        let stacked = &input.commitments[piece.commitment].stack.stacked;
        let bindings = CombineBindings {
            matrix: &stacked.pieces()[piece.piece].buffer,
            powers,
            jobs: &gpu.upload(&piece.jobs, "slices to combine")?,
            sums: &sums,
        };
        let params = CombineParams {
            n_threads: piece.n_threads as u32,
            n_jobs: piece.jobs.len() as u32,
        };
        input.kernels.combine.record(recorder, bindings, params);
    }
    Ok(sums)
}

/// What the round polynomial is made of.
struct PolynomialInput<'a> {
    r_0: EF,
    terms: &'a [Term],
    term_results: &'a [TermResults],
    results: &'a Buffer<EF>,
}

/// Records the round polynomial, its observation, and the challenge; returns what is needed of that.
fn record_polynomial(
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
    let roots: Vec<F> = omega_inverse.powers().take(size).collect();
    let term_results = gpu.upload(polynomial.term_results, "round 0 terms")?;
    let kernels = gpu.upload(&kernels, "round 0 kernels")?;
    let roots = gpu.upload(&roots, "roots of unity")?;
    let values = gpu.alloc(terms.len() * size, "values of round 0's terms")?;
    let factors = gpu.alloc(2 * terms.len() * size, "factors of round 0's terms")?;
    let params = Round0Params {
        log_skip: plan.log_skip as u32,
        n_terms: terms.len() as u32,
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
    Transcript::new(gpu)?.record(recorder, input.sponge, &operations)?;

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
