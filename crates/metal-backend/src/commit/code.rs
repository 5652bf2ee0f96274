//! The Reed-Solomon code matrix of the stacked matrix.
//!
//! Upstream's specification is `rs_code_matrix` in `prover/stacked_pcs.rs`. Columns are encoded in
//! batches, so that what lies between two passes stays small beside the code matrix.

use std::ops::Range;

use openvm_stark_backend::SystemParams;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{StackedMatrix, StackedPiece};
use crate::{
    gpu::{word, Buffer, Columns, Gpu, GpuError, Recorder, View},
    kernels::ntt::{Ntt, NttPlan, MAX_LOG_HEIGHT, MAX_LOG_SKIP},
    MetalError,
};

/// Upper bound for the columns of a batch; about what makes a dispatch long enough for its start to
/// cost nothing (four columns of 2^22 on an H200).
const BATCH_BYTES: u64 = 64 << 20;

/// What becomes of the code matrix once its rows are hashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CodePolicy {
    /// It stays for the queries, which open some of its rows. Faster.
    #[default]
    Keep,
    /// There never is more than a batch of its columns; they are encoded once more for the queries.
    /// The traces stay instead, which are smaller by the blow-up.
    Recompute,
}

/// A code matrix, column-major in natural order.
#[derive(Clone, Debug)]
pub enum CodeMatrix {
    /// All of it.
    Kept(Columns<F>),
    /// What it is made of whenever its columns are read.
    Recomputed(Encoding),
}

/// An encoding of the columns of a stacked matrix.
#[derive(Clone, Debug)]
pub struct Encoding {
    plan: NttPlan,
    stacked: StackedMatrix,
}

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
        word(log_height),
        word(log_blowup),
        word(l_skip),
    ))
}

/// The temporary columns of a batch, and the kernels.
struct Encoder {
    ntt: Ntt,
    temp: Buffer<F>,
    max_columns: usize,
}

impl Encoder {
    fn new(gpu: &Gpu, plan: NttPlan, width: usize) -> Result<Self, GpuError> {
        let height = 1 << plan.log_height;
        let ntt = Ntt::new(gpu, plan)?;
        let batch_bytes = BATCH_BYTES.min(gpu.max_binding_bytes());
        let max_columns = (ntt.plan().max_columns(batch_bytes).max(1) as usize).min(width);
        Ok(Self {
            temp: gpu.alloc(height * max_columns, "code matrix batch")?,
            ntt,
            max_columns,
        })
    }

    /// Encodes `columns` of `piece` to `target`.
    fn record(
        &self,
        recorder: &mut Recorder<'_>,
        (piece, columns): (&StackedPiece, Range<usize>),
        stacked_height: usize,
        target: &View<F>,
    ) {
        let source = piece.column(columns.start, stacked_height);
        let n_columns = columns.len();
        self.ntt
            .record(recorder, n_columns, &source, target, &self.temp);
    }
}

impl CodeMatrix {
    /// Records the encoding of `stacked`: every column, as evaluations on the hyperprism, to the
    /// more rows of `plan`.
    pub(super) fn record(
        recorder: &mut Recorder<'_>,
        plan: NttPlan,
        stacked: &StackedMatrix,
    ) -> Result<Self, GpuError> {
        let gpu = recorder.gpu();
        let height = 1 << plan.log_height;
        let code = Columns::alloc(gpu, height, stacked.width(), "code matrix")?;
        let encoder = Encoder::new(gpu, plan, stacked.width())?;
        for (piece, columns) in stacked.runs(code.columns_per_block(), encoder.max_columns) {
            let target = code.column(columns.start);
            let is_first_of_several = columns.start == 0 && columns.end < stacked.width();
            encoder.record(recorder, (piece, columns), stacked.height(), &target);
            // The device works on a batch while the next ones are recorded.
            if is_first_of_several {
                recorder.flush()?;
            }
        }
        Ok(Self::Kept(code))
    }

    /// The code of `stacked` by `plan`, to be made when its columns are read.
    pub(super) fn recomputed(plan: NttPlan, stacked: StackedMatrix) -> Self {
        Self::Recomputed(Encoding { plan, stacked })
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        match self {
            Self::Kept(columns) => columns.height(),
            Self::Recomputed(encoding) => 1 << encoding.plan.log_height,
        }
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        match self {
            Self::Kept(columns) => columns.width(),
            Self::Recomputed(encoding) => encoding.stacked.width(),
        }
    }

    /// Records what `visit` does with each block of columns, in their order. A block is only there
    /// until the next one is made.
    pub fn record_blocks(
        &self,
        recorder: &mut Recorder<'_>,
        mut visit: impl FnMut(&mut Recorder<'_>, Range<usize>, &Buffer<F>),
    ) -> Result<(), GpuError> {
        match self {
            Self::Kept(code) => {
                for (columns, block) in code.blocks() {
                    visit(recorder, columns, block);
                }
            }
            Self::Recomputed(Encoding { plan, stacked }) => {
                let gpu = recorder.gpu();
                let encoder = Encoder::new(gpu, plan.clone(), stacked.width())?;
                let max_columns = encoder.max_columns;
                let batch = gpu.alloc(max_columns << plan.log_height, "code matrix batch")?;
                for (piece, columns) in stacked.runs(max_columns, max_columns) {
                    let run = (piece, columns.clone());
                    encoder.record(recorder, run, stacked.height(), &View::new(&batch, 0));
                    visit(recorder, columns, &batch);
                }
            }
        }
        Ok(())
    }

    /// The values, column-major.
    pub fn download(&self, gpu: &Gpu) -> Result<Vec<F>, GpuError> {
        match self {
            Self::Kept(code) => code.download(gpu),
            Self::Recomputed(Encoding { plan, stacked }) => {
                let mut recorder = gpu.recorder("download");
                let code = Self::record(&mut recorder, plan.clone(), stacked)?;
                recorder.submit()?.wait()?;
                code.download(gpu)
            }
        }
    }
}
