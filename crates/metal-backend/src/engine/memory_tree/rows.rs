//! Rows of traces from records about digests, which are sent in pieces that fit into a binding.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{table::Blocks, HashInput};
use crate::{
    gpu::{word, words_of, Buffer, Columns, Element, Gpu, GpuError, Kernel, Recorder},
    kernels::{
        poseidon2,
        trace::memory_tree::{
            BoundaryRecord, FillBoundary, FillBoundaryBindings, FillHashes, FillHashesBindings,
            FillHashesParams, FillMerkle, FillMerkleBindings, FillRecordsParams, HashRecord,
            MerkleRecord,
        },
    },
};

/// The most records that are sent at once.
pub(super) fn records_per_piece<R: Element>(gpu: &Gpu) -> usize {
    (gpu.max_binding_bytes() / size_of::<R>() as u64).max(1) as usize
}

/// A piece of records, and the rows that are made of it.
struct Piece<R> {
    records: Buffer<R>,
    n_records: usize,
    first_row: usize,
    n_rows: usize,
}

/// The pieces of `records`, each of which makes `rows_each`; the last piece makes the rest of `height`.
fn pieces<R: Element + Default>(
    gpu: &Gpu,
    records: &[R],
    rows_each: usize,
    height: usize,
) -> Result<Vec<Piece<R>>, GpuError> {
    let per_piece = records_per_piece::<R>(gpu);
    let mut pieces: Vec<Piece<R>> = vec![];
    let mut first_row = 0;
    let mut rest = records;
    // Without records there are rows all the same.
    while !rest.is_empty() || pieces.is_empty() {
        let (here, later) = rest.split_at(rest.len().min(per_piece));
        let n_rows = match later {
            [] => height - first_row,
            _ => here.len() * rows_each,
        };
        let uploaded = match here {
            [] => gpu.upload(&[R::default()], "records")?,
            here => gpu.upload(here, "records")?,
        };
        pieces.push(Piece {
            records: uploaded,
            n_records: here.len(),
            first_row,
            n_rows,
        });
        first_row += n_rows;
        rest = later;
    }
    Ok(pieces)
}

pub(super) fn record_boundary(
    recorder: &mut Recorder<'_>,
    blocks: &Blocks,
    columns: &Columns<F>,
    records: &[BoundaryRecord],
) -> Result<(), GpuError> {
    let gpu = recorder.gpu();
    let kernel = Kernel::<FillBoundary>::new(gpu)?;
    for piece in pieces(gpu, records, 2, columns.height())? {
        for (range, trace) in columns.blocks() {
            let bindings = FillBoundaryBindings {
                records: &piece.records,
                trace,
                digests_0: &blocks.blocks[0],
                digests_1: &blocks.blocks[1],
                digests_2: &blocks.blocks[2],
                digests_3: &blocks.blocks[3],
            };
            kernel.record(recorder, bindings, params(columns, range, &piece, blocks));
        }
    }
    Ok(())
}

pub(super) fn record_merkle(
    recorder: &mut Recorder<'_>,
    blocks: &Blocks,
    columns: &Columns<F>,
    records: &[MerkleRecord],
) -> Result<(), GpuError> {
    let gpu = recorder.gpu();
    let kernel = Kernel::<FillMerkle>::new(gpu)?;
    for piece in pieces(gpu, records, 2, columns.height())? {
        for (range, trace) in columns.blocks() {
            let bindings = FillMerkleBindings {
                records: &piece.records,
                trace,
                digests_0: &blocks.blocks[0],
                digests_1: &blocks.blocks[1],
                digests_2: &blocks.blocks[2],
                digests_3: &blocks.blocks[3],
            };
            kernel.record(recorder, bindings, params(columns, range, &piece, blocks));
        }
    }
    Ok(())
}

fn params<R>(
    columns: &Columns<F>,
    block: std::ops::Range<usize>,
    piece: &Piece<R>,
    blocks: &Blocks,
) -> FillRecordsParams {
    FillRecordsParams {
        height: word(columns.height()),
        first_row: word(piece.first_row),
        n_rows: word(piece.n_rows),
        n_records: word(piece.n_records),
        first_column: word(block.start),
        n_columns: word(block.len()),
        log_block_len: blocks.log_block_len,
    }
}

pub(super) fn record_hashes(
    recorder: &mut Recorder<'_>,
    kernel: &Kernel<FillHashes>,
    blocks: &Blocks,
    columns: &Columns<F>,
    records: &[HashRecord],
    inputs: &[HashInput],
) -> Result<(), GpuError> {
    let gpu = recorder.gpu();
    let constants = poseidon2::constants(gpu)?;
    let mut input_words = vec![];
    for (input, n_asked) in inputs {
        input_words.extend(words_of(input));
        input_words.push(*n_asked);
    }
    // Something is to be bound where there are none.
    input_words.resize(input_words.len().max(1), 0);
    let input_words = gpu.upload(&input_words, "inputs of hashes")?;
    let pieces = pieces(gpu, records, 1, columns.height())?;
    for (i, piece) in pieces.iter().enumerate() {
        let is_last = i + 1 == pieces.len();
        for (range, trace) in columns.blocks() {
            let bindings = FillHashesBindings {
                poseidon2_constants: &constants,
                records: &piece.records,
                inputs: &input_words,
                trace,
                digests_0: &blocks.blocks[0],
                digests_1: &blocks.blocks[1],
                digests_2: &blocks.blocks[2],
                digests_3: &blocks.blocks[3],
            };
            let params = FillHashesParams {
                height: word(columns.height()),
                first_row: word(piece.first_row),
                n_rows: word(piece.n_rows),
                n_records: word(piece.n_records),
                n_inputs: if is_last { word(inputs.len()) } else { 0 },
                first_column: word(range.start),
                n_columns: word(range.len()),
                log_block_len: blocks.log_block_len,
            };
            kernel.record(recorder, bindings, params);
        }
    }
    Ok(())
}
