//! The committed codeword of a folded polynomial.

use openvm_stark_sdk::config::baby_bear_poseidon2::{D_EF, F};

use crate::{
    commit::{CodeMatrix, MerkleTree},
    gpu::{column_runs, word, Buffer, Columns, Recorder, View},
    kernels::ntt::{Ntt, NttPlan},
    MetalError,
};

/// The passes that encode `2^log_len` coefficients.
pub fn plan(log_len: usize, log_code_len: usize) -> NttPlan {
    let log_blowup = log_code_len - log_len;
    NttPlan::new(word(log_code_len), word(log_blowup), 0)
}

/// Records the Reed-Solomon code of `2^log_code_len` values of the polynomial `f`, `2^log_len`
/// coefficients as four base columns, and the tree over it.
///
/// The code is a matrix of the four coefficients of each value, whose rows are hashed as upstream
/// hashes a column over the extension.
pub fn record(
    recorder: &mut Recorder<'_>,
    f: &Buffer<F>,
    log_len: usize,
    log_code_len: usize,
    rows_per_query: usize,
) -> Result<MerkleTree, MetalError> {
    let gpu = recorder.gpu();
    let height = 1 << log_code_len;
    let code = Columns::alloc(gpu, height, D_EF, "codeword")?;
    let n_temp_columns = code.columns_per_block().min(D_EF);
    let temp = Columns::alloc(gpu, height, n_temp_columns, "codeword batch")?;
    let ntt = Ntt::new(gpu, plan(log_len, log_code_len))?;
    for run in column_runs(D_EF, [D_EF, code.columns_per_block()], n_temp_columns) {
        let source = View::new(f, run.start << log_len);
        let target = code.column(run.start);
        ntt.record(recorder, run.len, &source, &target, temp.locate(0).0);
    }
    MerkleTree::record(recorder, CodeMatrix::Kept(code), rows_per_query)
}
