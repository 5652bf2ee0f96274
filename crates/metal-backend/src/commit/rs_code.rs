//! The Reed-Solomon code matrix of the stacked matrix.
//!
//! Upstream's specification is `rs_code_matrix` in `prover/stacked_pcs.rs`. Columns are encoded in
//! batches, so that what lies between two passes stays small beside the code matrix.

use openvm_stark_backend::SystemParams;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    gpu::{column_runs, Columns, Recorder},
    kernels::ntt::{ColumnPlace, Ntt, NttPlan, MAX_LOG_HEIGHT, MAX_LOG_SKIP},
    MetalError,
};

/// Upper bound for the temporary columns of a batch; about what makes a dispatch long enough for
/// its start to cost nothing (eight columns of 2^22 on an H200).
const BATCH_BYTES: u64 = 128 << 20;

/// The passes that encode a stacked matrix with these parameters.
pub fn plan(params: &SystemParams) -> Result<NttPlan, MetalError> {
    let log_height = params.log_stacked_height() + params.log_blowup;
    if log_height > MAX_LOG_HEIGHT as usize {
        return Err(MetalError::Parameters {
            what: "l_skip + n_stack + log_blowup",
            value: log_height,
            max: MAX_LOG_HEIGHT as usize,
        });
    }
    if params.l_skip > MAX_LOG_SKIP as usize {
        return Err(MetalError::Parameters {
            what: "l_skip",
            value: params.l_skip,
            max: MAX_LOG_SKIP as usize,
        });
    }
    let [log_height, log_blowup, l_skip] = [log_height, params.log_blowup, params.l_skip];
    Ok(NttPlan::new(
        log_height as u32,
        log_blowup as u32,
        l_skip as u32,
    ))
}

/// Records the encoding of `stacked`: every column, as evaluations on the hyperprism, to
/// the more rows of `plan`, in natural order.
pub fn record(
    recorder: &mut Recorder<'_>,
    plan: NttPlan,
    stacked: &Columns<F>,
) -> Result<Columns<F>, MetalError> {
    let gpu = recorder.gpu();
    let height = 1 << plan.log_height;
    let code = Columns::alloc(gpu, height, stacked.width(), "code matrix")?;
    let ntt = Ntt::new(gpu, plan)?;

    let batch_bytes = BATCH_BYTES.min(gpu.max_binding_bytes());
    let max_columns = ntt.plan().max_columns(batch_bytes).max(1) as usize;
    let n_temp_columns = max_columns.min(stacked.width());
    let temp = Columns::alloc(gpu, height, n_temp_columns, "code matrix batch")?;
    let per_block = [stacked.columns_per_block(), code.columns_per_block()];
    for run in column_runs(stacked.width(), per_block, max_columns) {
        let (source, source_column) = stacked.locate(run.start);
        let (target, target_column) = code.locate(run.start);
        let source = ColumnPlace::new(source, source_column, stacked.height());
        let target = ColumnPlace::new(target, target_column, height);
        let temp = ColumnPlace::new(temp.locate(0).0, 0, height);
        ntt.record(recorder, run.len, source, target, temp);
    }
    Ok(code)
}
