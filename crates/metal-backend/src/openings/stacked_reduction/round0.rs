//! Round 0: combines the slices, and sums over the hypercube to a polynomial in the skip variable.

use std::ops::Range;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    combination::{Combination, PieceJobs, RowBand},
    input::StackedReductionInput,
    places::in_vectors,
    round0_polynomial::{self, PolynomialInput},
    round0_tasks::Round0Tasks,
    univariate::Term,
};
use crate::{
    gpu::{word, Buffer, GpuError, Recorder},
    kernels::{
        stacked_reduction::{
            CombineBindings, CombineParams, EqTableBindings, EqTableParams, LambdaPowersBindings,
            LambdaPowersParams, Round0SumsBindings, Round0SumsParams,
        },
        transcript::Operations,
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
            n_tasks: word(tasks.len()),
            log_skip: word(plan.log_skip),
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
    let scalars = round0_polynomial::record(recorder, input, polynomial)?;
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
    operations.record(recorder, input.sponge)?;

    let n_powers = input.plan.n_slices;
    let powers = gpu.alloc(n_powers, "powers of lambda")?;
    let bindings = LambdaPowersBindings {
        tape: input.sponge.tape(),
        powers: &powers,
    };
    let params = LambdaPowersParams {
        n_powers: word(n_powers),
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
            n_threads: word(piece.n_threads),
            n_jobs: word(piece.jobs.len()),
        };
        input.kernels.combine.record(recorder, bindings, params);
    }
    Ok(sums)
}
