//! The batched polynomial: the columns of all stacks times powers of `mu`.

use openvm_stark_sdk::config::baby_bear_poseidon2::{D_EF, EF, F};

use super::{plan::WhirPlan, weighted_polynomial::WeightedPolynomial};
use crate::{
    commit::StackedMatrix,
    gpu::{word, Buffer, GpuError, Kernel, Recorder, View},
    kernels::{
        ntt::{Ntt, NttPlan},
        whir::{
            batch_columns::{BatchColumns, BatchColumnsBindings, BatchColumnsParams},
            challenge_powers::{ChallengePowers, ChallengePowersBindings, ChallengePowersParams},
        },
    },
};

/// The passes that turn the batched columns into their message, if they do anything.
pub fn message_plan(plan: &WhirPlan) -> Option<NttPlan> {
    let (log_height, l_skip) = (word(plan.log_height), word(plan.l_skip));
    (l_skip > 0).then(|| NttPlan::eval_to_coeff(log_height, l_skip))
}

/// Records how the coefficients of `polynomial` are made: the columns of `matrices` are added up, then
/// turned into their message. That is linear, so it is applied once, to the sum.
pub fn record(
    recorder: &mut Recorder<'_>,
    tape: &Buffer<F>,
    plan: &WhirPlan,
    matrices: &[StackedMatrix],
    polynomial: &mut WeightedPolynomial,
) -> Result<(), GpuError> {
    let powers = record_powers(recorder, tape, plan, matrices)?;
    let WeightedPolynomial { f, spare_f, .. } = polynomial;
    record_columns(recorder, matrices, &powers, &f.halves)?;
    if let Some(message) = message_plan(plan) {
        let ntt = Ntt::new(recorder.gpu(), message)?;
        for half in &mut f.halves {
            let (source, target) = (View::new(half, 0), View::new(spare_f, 0));
            ntt.record(recorder, D_EF / 2, &source, &target, spare_f);
            std::mem::swap(half, spare_f);
        }
    }
    Ok(())
}

/// The powers of `mu`, one for each column.
fn record_powers(
    recorder: &mut Recorder<'_>,
    tape: &Buffer<F>,
    plan: &WhirPlan,
    matrices: &[StackedMatrix],
) -> Result<Buffer<EF>, GpuError> {
    let gpu = recorder.gpu();
    let n_columns = matrices.iter().map(StackedMatrix::width).sum();
    let powers = gpu.alloc(n_columns, "powers of mu")?;
    let bindings = ChallengePowersBindings {
        tape,
        powers: &powers,
    };
    let params = ChallengePowersParams {
        n_powers: word(n_columns),
        place: plan.mu.start,
    };
    Kernel::<ChallengePowers>::new(gpu)?.record(recorder, bindings, params);
    Ok(powers)
}

/// Adds up the columns of `matrices`, which have equal heights, each times its power.
fn record_columns(
    recorder: &mut Recorder<'_>,
    matrices: &[StackedMatrix],
    powers: &Buffer<EF>,
    [batched, batched_high]: &[Buffer<F>; 2],
) -> Result<(), GpuError> {
    let kernel = Kernel::<BatchColumns>::new(recorder.gpu())?;
    let mut first_power = 0;
    for matrix in matrices {
        for piece in matrix.pieces() {
            let bindings = BatchColumnsBindings {
                columns: &piece.buffer,
                powers,
                batched,
                batched_high,
            };
            let params = BatchColumnsParams {
                height: word(matrix.height()),
                n_columns: word(piece.columns.len()),
                first_cell: word(piece.first_cell),
                first_power,
                is_first: u32::from(first_power == 0),
            };
            kernel.record(recorder, bindings, params);
            first_power += params.n_columns;
        }
    }
    Ok(())
}
