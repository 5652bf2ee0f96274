//! The first stage: commits to traces with one Merkle root.
//!
//! Checked by upstream's `verifier/whir.rs`, which opens rows of the code matrix against the root (WHIR,
//! ePrint 2024/1586).

mod code;
mod merkle;
mod stacked_matrix;
mod stacking;

use openvm_stark_backend::{prover::stacked_pcs::StackedLayout, SystemParams};
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};
use tracing::{field::Empty, info_span};

pub use code::{CodeMatrix, CodePolicy, Encoding};
pub use merkle::MerkleTree;
pub use stacked_matrix::{StackedMatrix, StackedPiece};

use crate::{
    gpu::{Columns, Gpu, KernelText, Multiply},
    kernels::{merkle as merkle_kernels, stack::Stack},
    report::{record_device_time, StageReport},
    MetalError,
};

/// A stacked matrix with the commitment to it.
#[derive(Debug)]
pub struct CommittedStack {
    /// Where each trace column lies in the stacked matrix.
    pub layout: StackedLayout,
    /// The stacked matrix.
    pub stacked: StackedMatrix,
    /// Merkle tree over the Reed-Solomon code matrix.
    pub tree: MerkleTree,
}

/// Commits to `traces`, which must be sorted by descending height.
///
/// The work is two command streams, so that each of the two spans ends when the device has done
/// what it names; the second one is recorded while the device works on the first. A code matrix that
/// is not kept is encoded in the span of the Merkle tree.
pub fn stacked_commit(
    gpu: &Gpu,
    params: &SystemParams,
    traces: &[&Columns<F>],
    policy: CodePolicy,
) -> Result<(Digest, CommittedStack), MetalError> {
    let _stage = info_span!("stacked_commit").entered();
    let report = StageReport::start(gpu, "commit");
    let shapes: Vec<_> = traces.iter().map(|t| (t.width(), t.height())).collect();
    let layout = stacking::layout(params, &shapes)?;
    let encoding = code::plan(params)?;

    let is_kept = policy == CodePolicy::Keep;
    let span = is_kept.then(|| info_span!("rs_code_matrix", device_ms = Empty).entered());
    let mut recorder = gpu.recorder("commit");
    let stacked = stacking::record(&mut recorder, &layout, traces)?;
    let code = match policy {
        CodePolicy::Keep => CodeMatrix::record(&mut recorder, encoding, &stacked)?,
        CodePolicy::Recompute => CodeMatrix::recomputed(encoding, stacked.clone()),
    };
    let encoded = recorder.submit()?;

    let mut recorder = gpu.recorder("commit");
    let tree = MerkleTree::record(&mut recorder, code, 1 << params.k_whir())?;
    let root = recorder.read_back(tree.root(), 0..1);
    let hashed = recorder.submit()?;
    let device_ns = encoded.wait()?.device_ns;
    if let Some(span) = span {
        record_device_time(&span, device_ns);
    }

    let span = info_span!("merkle_tree", device_ms = Empty).entered();
    let hashed = hashed.wait()?;
    record_device_time(&span, hashed.device_ns);
    drop(span);

    report.finish();
    let root = hashed.values(&root)?[0];
    let stack = CommittedStack {
        layout,
        stacked,
        tree,
    };
    Ok((root, stack))
}

/// The texts of the stage's kernels.
///
/// # Errors
/// If there is no plan for the parameters.
pub(crate) fn texts(
    params: &SystemParams,
    multiply: Multiply,
) -> Result<Vec<KernelText>, MetalError> {
    let mut texts = KernelText::all::<Stack>(multiply);
    texts.extend(code::plan(params)?.texts(multiply));
    texts.extend(merkle_kernels::texts(multiply));
    Ok(texts)
}
