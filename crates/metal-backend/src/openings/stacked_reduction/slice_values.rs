//! The second pass over the stacked matrices: the values of slices at the challenges so far.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    input::StackedReductionInput, levels::SliceLevel, places::in_vectors, round0::Round0Output,
};
use crate::{
    gpu::{word, Buffer, GpuError, Recorder},
    kernels::stacked_reduction::{
        SliceSumsBindings, SliceSumsJob, SliceSumsParams, SliceWeightsBindings, SliceWeightsParams,
        ROUND_WORDS, SLICES_PER_JOB,
    },
};

/// Rows that a workgroup sums up, at least and where slices are not very long.
const CHUNK_ROWS: usize = 1 << 11;
/// The most parts of a slice's sum.
const MAX_CHUNKS: usize = 64;

/// The values of a level's slices.
pub struct SliceValues {
    /// Parts of each.
    pub n_chunks: usize,
    /// The parts, slice by slice.
    pub chunks: Buffer<EF>,
}

/// The jobs for one piece of a stacked matrix.
struct PieceSums {
    commitment: usize,
    piece: usize,
    jobs: Vec<SliceSumsJob>,
}

impl SliceValues {
    /// Records the pass over the slices of a level.
    pub fn record(
        recorder: &mut Recorder<'_>,
        input: &StackedReductionInput<'_>,
        round0: &Round0Output,
        level: &SliceLevel,
    ) -> Result<Self, GpuError> {
        let (gpu, plan) = (recorder.gpu(), input.plan);
        let len = 1 << (plan.log_skip + level.n_vars);
        // The combinations have been folded, and their first band is as long as any slice or full.
        let weights = &round0.combined[0].values;
        let band_rows = len.min(1 << weights.len().ilog2());
        let chunk_rows = CHUNK_ROWS.max(len / MAX_CHUNKS).min(band_rows);
        let n_chunks = len / chunk_rows;
        let chunks = gpu.alloc(level.n_slices * n_chunks, "slice sums")?;
        let pieces = piece_sums(level, len);
        for first_row in (0..len).step_by(band_rows) {
            let bindings = SliceWeightsBindings {
                tape: input.sponge.tape(),
                scalars: &round0.scalars,
                weights,
            };
            let params = SliceWeightsParams {
                n_rows: word(band_rows),
                first_row: word(first_row),
                log_skip: word(plan.log_skip),
                n_vars: word(level.n_vars),
                u_place: in_vectors(input.places.challenge(1)),
                u_stride: in_vectors(ROUND_WORDS),
            };
            input.kernels.weights.record(recorder, bindings, params);
            for piece in &pieces {
                let stacked = &input.commitments[piece.commitment].stack.stacked;
                let bindings = SliceSumsBindings {
                    matrix: &stacked.pieces()[piece.piece].buffer,
                    weights,
                    jobs: &gpu.upload(&piece.jobs, "slices to sum up")?,
                    sums: &chunks,
                };
                let params = SliceSumsParams {
                    n_jobs: word(piece.jobs.len()),
                    first_row: word(first_row),
                    n_band_rows: word(band_rows),
                    chunk_rows: word(chunk_rows),
                    n_band_chunks: word(band_rows / chunk_rows),
                    first_chunk: word(first_row / chunk_rows),
                    n_chunks: word(n_chunks),
                    log_len: len.ilog2(),
                };
                input.kernels.slice_sums.record(recorder, bindings, params);
            }
        }
        Ok(Self { n_chunks, chunks })
    }
}

/// The jobs for slices of `len` rows, piece by piece.
fn piece_sums(level: &SliceLevel, len: usize) -> Vec<PieceSums> {
    let mut pieces: Vec<PieceSums> = Vec::new();
    for (number, run) in &level.runs {
        let jobs = (0..run.n_slices).step_by(SLICES_PER_JOB);
        let jobs = jobs.map(|first| SliceSumsJob {
            first_cell: word(run.first_cell + first * len),
            n_slices: word(SLICES_PER_JOB.min(run.n_slices - first)),
            first_slice: word(number + first),
        });
        let is_same =
            |last: &&mut PieceSums| (last.commitment, last.piece) == (run.commitment, run.piece);
        match pieces.last_mut().filter(is_same) {
            Some(last) => last.jobs.extend(jobs),
            None => pieces.push(PieceSums {
                commitment: run.commitment,
                piece: run.piece,
                jobs: jobs.collect(),
            }),
        }
    }
    pieces
}
