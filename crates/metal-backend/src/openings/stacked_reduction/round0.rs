//! Round 0: combines the slices, and sums over the hypercube to a polynomial in the skip variable.

use std::ops::Range;

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    combination::{Band, Combination},
    univariate::Term,
    StageInput,
};
use crate::{
    gpu::{Buffer, Element, Gpu, GpuError, Recorder},
    kernels::{
        sponge::to_word,
        stacked_reduction::{
            CombineParams, EqTableParams, PowersParams, Round0Buffers, Round0Params,
            Round0SumsParams,
        },
        transcript::{Operations, Transcript},
    },
    powers::powers,
    transcript::Place,
    MetalError,
};

/// What the other rounds take over from round 0.
pub struct Round0Output {
    /// `lambda^(2 i)` for every slice.
    pub powers: Buffer<EF>,
    /// `eq(x, r[1..1 + n])` at `2^n + x`.
    pub eq_table: Buffer<EF>,
    /// The groups' combinations: bands of rows.
    pub combined: Vec<(Range<usize>, Buffer<EF>)>,
    /// `L_z(u_0)` for the skip domain's elements, then the terms' kernels at `u_0`.
    pub scalars: Buffer<EF>,
    /// The terms.
    pub terms: Vec<Term>,
}

/// Records the sampling of lambda, and round 0 with its challenge.
pub fn record(
    recorder: &mut Recorder<'_>,
    input: &StageInput<'_>,
    r: &[EF],
) -> Result<Round0Output, MetalError> {
    let (gpu, plan) = (recorder.gpu(), input.plan);
    let powers = record_powers(recorder, input)?;
    let eq_table = record_eq_table(recorder, input, r)?;

    let terms = Term::of_plan(plan);
    let combination = Combination::new(plan, gpu.max_binding_bytes());
    let bands = combination.bands();
    let tasks = combination.tasks(&bands, &terms);
    let results = gpu.alloc(2 * plan.skip_size() * tasks.n_tasks, "round 0 sums")?;
    let mut combined = Vec::new();
    for (band, words) in bands.iter().zip(&tasks.by_band) {
        let sums = record_jobs(
            recorder,
            input,
            &combination.piece_jobs(band),
            band,
            &powers,
        )?;
        let rows = gpu.alloc(band.rows.len(), "combined slices")?;
        let params = Round0SumsParams {
            n_tasks: (words.len() / 12) as u32,
            log_skip: plan.log_skip as u32,
        };
        let words = gpu.upload(words, "round 0 tasks")?;
        let buffers = [&sums, &eq_table, &rows, &results];
        input
            .kernels
            .round0_sums
            .record(recorder, &words, buffers, params);
        combined.push((band.rows.clone(), rows));
    }
    let scalars = record_polynomial(recorder, input, r[0], &terms, &tasks.terms, &results)?;
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
    input: &StageInput<'_>,
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let mut operations = Operations::new();
    operations.sample(input.places.lambda);
    Transcript::new(gpu)?.record(recorder, input.sponge, &operations)?;

    let n_powers = input.plan.n_slices;
    let powers = gpu.alloc(n_powers, "powers of lambda")?;
    let params = PowersParams {
        n_powers: n_powers as u32,
        lambda_place: input.places.lambda.start / EF::WORDS as u32,
    };
    input
        .kernels
        .powers
        .record(recorder, input.sponge.tape(), &powers, params);
    Ok(powers)
}

fn record_eq_table(
    recorder: &mut Recorder<'_>,
    input: &StageInput<'_>,
    r: &[EF],
) -> Result<Buffer<EF>, GpuError> {
    let gpu: &Gpu = recorder.gpu();
    let max_vars = input.plan.max_vars();
    let point = gpu.upload(&r[..=max_vars], "opening point")?;
    let table = gpu.alloc(2 << max_vars, "eq table")?;
    let params = EqTableParams {
        n_values: 2 << max_vars,
    };
    input.kernels.eq.record(recorder, [&point, &table], params);
    Ok(table)
}

/// Records the first pass over the rows of a band; returns the jobs' sums.
fn record_jobs(
    recorder: &mut Recorder<'_>,
    input: &StageInput<'_>,
    pieces: &[super::combination::PieceJobs],
    band: &Band,
    powers: &Buffer<EF>,
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let sums = gpu.alloc(band.n_sums, "sums of slices")?;
    for jobs in pieces {
        let stacked = &input.commitments[jobs.commitment].stack.stacked;
        let matrix = &stacked.pieces()[jobs.piece].buffer;
        let words = gpu.upload(&jobs.words, "slices to combine")?;
        let params = CombineParams {
            n_threads: jobs.n_threads as u32,
            n_jobs: (jobs.words.len() / 8) as u32,
        };
        let combine = &input.kernels.combine;
        combine.record(recorder, matrix, &words, [powers, &sums], params);
    }
    Ok(sums)
}

/// Records the round polynomial, its observation, and the challenge; returns what is needed of that.
fn record_polynomial(
    recorder: &mut Recorder<'_>,
    input: &StageInput<'_>,
    r_0: EF,
    terms: &[Term],
    term_words: &[u32],
    results: &Buffer<EF>,
) -> Result<Buffer<EF>, GpuError> {
    let (gpu, plan, places) = (recorder.gpu(), input.plan, input.places);
    let size = plan.skip_size();
    let kernels: Vec<EF> = terms
        .iter()
        .flat_map(|term| term.kernel(plan.log_skip, r_0))
        .collect();
    let omega_inverse = F::two_adic_generator(plan.log_skip).inverse();
    let roots = powers(omega_inverse, size);
    let buffers = Round0Buffers {
        results,
        terms: &gpu.upload(term_words, "round 0 terms")?,
        kernels: &gpu.upload(&kernels, "round 0 kernels")?,
        roots: &gpu.upload(&roots, "roots of unity")?,
        tape: input.sponge.tape(),
    };
    let in_vectors = |place: Place| place.start / EF::WORDS as u32;
    let params = Round0Params {
        log_skip: plan.log_skip as u32,
        n_terms: terms.len() as u32,
        inverse_size: to_word(F::from_usize(size).inverse()),
        lambda_place: in_vectors(places.lambda),
        s_0_place: in_vectors(places.s_0),
        u_0_place: in_vectors(places.u_0),
    };
    let round0 = &input.kernels.round0;
    let factors = round0.record_polynomial(recorder, buffers, params)?;

    let mut operations = Operations::new();
    operations.observe_tape(places.s_0);
    operations.sample(places.u_0);
    Transcript::new(gpu)?.record(recorder, input.sponge, &operations)?;

    let scalars = gpu.alloc(size + terms.len(), "values at u_0")?;
    round0.record_scalars(recorder, buffers, [&factors, &scalars], params);
    Ok(scalars)
}
