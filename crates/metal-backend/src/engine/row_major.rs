//! Traces whose cells the host has row after row.

use std::ops::Range;

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    gpu::{
        column_runs, is_small, piece_len, word, Buffer, Columns, Gpu, GpuError, Kernel, Recorder,
        SMALL_BUFFER_BYTES,
    },
    kernels::transpose::{Transpose, TransposeBindings, TransposeParams, MAX_ROWS},
    MetalDevice, MetalMatrix,
};

impl MetalDevice {
    /// Copies a trace of rows of `width` cells, one row after the other; a failure is returned by the
    /// stage that uses it.
    ///
    /// The rows are copied as they are, and made columns on the device. Several threads may do this
    /// at once, also while proofs are made. Returns when `values` are no longer needed, which may be
    /// before the device has them all.
    ///
    /// A trace without rows or without columns may be carried about, but not proven.
    ///
    /// # Panics
    /// If `values` are not whole rows.
    pub fn upload_row_major(&self, values: &[F], width: usize) -> MetalMatrix {
        let height = values.len().checked_div(width).unwrap_or(0);
        assert_eq!(values.len(), height * width, "rows of {width} cells");
        let upload = |gpu| Ok(upload(gpu, values, height, width)?);
        MetalMatrix::new(height, width, self.gpu().and_then(upload))
    }
}

fn upload(gpu: &Gpu, values: &[F], height: usize, width: usize) -> Result<Columns<F>, GpuError> {
    if width == 1 {
        return Columns::upload(gpu, values, height, width, "trace");
    }
    let piece_len = rows_len(gpu);
    let rows_per_piece = piece_len
        .checked_div(width)
        .map_or(0, |rows| rows.min(MAX_ROWS));
    // The few values of a short trace are best moved where they are, rather than by a submission.
    if is_small(values) || rows_per_piece == 0 {
        let columns = columns_of(values, height, width);
        return Columns::upload(gpu, &columns, height, width, "trace");
    }
    let columns = Columns::alloc_for_upload(gpu, height, width, "trace")?;
    // The pieces go through one buffer, one after the other, as the device works in order. It has the
    // same size for all traces, so that it is there already.
    let rows = gpu.alloc(piece_len, "rows of a trace")?;
    let transpose = Kernel::<Transpose>::new(gpu)?;
    let pieces: Vec<_> = values.chunks(rows_per_piece * width).collect();
    gpu.send("upload", &pieces, |i, transfer| {
        transfer.copy(0..pieces[i].len(), &rows, 0);
        let rows_of_trace = i * rows_per_piece..i * rows_per_piece + pieces[i].len() / width;
        record_transpose(
            &mut transfer.recorder,
            &transpose,
            &rows,
            &columns,
            rows_of_trace,
        );
        Ok(())
    })?;
    Ok(columns)
}

/// Records that `rows` become the rows `to` of `columns`.
fn record_transpose(
    recorder: &mut Recorder<'_>,
    transpose: &Kernel<Transpose>,
    rows: &Buffer<F>,
    columns: &Columns<F>,
    to: Range<usize>,
) {
    let per_block = columns.columns_per_block();
    for run in column_runs(columns.width(), [per_block; 2], MAX_ROWS) {
        let (block, first_target_column) = columns.locate(run.start);
        let bindings = TransposeBindings {
            rows,
            columns: block,
        };
        let params = TransposeParams {
            n_rows: word(to.len()),
            n_columns: word(run.len),
            n_columns_in_row: word(columns.width()),
            first_column: word(run.start),
            height: word(columns.height()),
            first_target_row: word(to.start),
            first_target_column: word(first_target_column),
        };
        transpose.record(recorder, bindings, params);
    }
}

/// The most cells that are sent at once.
fn rows_len(gpu: &Gpu) -> usize {
    let max_bytes = gpu.max_binding_bytes().max(SMALL_BUFFER_BYTES);
    piece_len::<F>().min((max_bytes / size_of::<F>() as u64) as usize)
}

fn columns_of(rows: &[F], height: usize, width: usize) -> Vec<F> {
    let mut columns = F::zero_vec(rows.len());
    for (r, row) in rows.chunks_exact(width.max(1)).enumerate() {
        for (c, cell) in row.iter().enumerate() {
            columns[c * height + r] = *cell;
        }
    }
    columns
}
