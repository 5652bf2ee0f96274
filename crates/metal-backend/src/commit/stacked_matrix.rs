//! The stacked matrix, most of which is the traces' own memory.

use std::ops::Range;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::gpu::{Buffer, Columns, Gpu, GpuError, View};

/// The stacked matrix of a commitment: evaluations on the hyperprism, `2^(l_skip + n_stack)` rows.
///
/// Stacking puts trace columns one after the other, as a trace has them already. A stacked column
/// that one trace fills is a part of that trace's memory; only the others are copies.
#[derive(Clone, Debug)]
pub struct StackedMatrix {
    height: usize,
    width: usize,
    pieces: Vec<StackedPiece>,
}

/// Stacked columns that lie one after the other in a buffer.
#[derive(Clone, Debug)]
pub struct StackedPiece {
    /// Their numbers.
    pub columns: Range<usize>,
    /// What they are in.
    pub buffer: Buffer<F>,
    /// Place of the first one's first cell.
    pub first_cell: usize,
}

impl StackedMatrix {
    /// The matrix of `pieces`, whose columns of `height` cells follow each other.
    pub(super) fn new(height: usize, pieces: Vec<StackedPiece>) -> Self {
        Self {
            height,
            width: pieces.last().map_or(0, |piece| piece.columns.end),
            pieces,
        }
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The pieces, in the order of their columns.
    pub fn pieces(&self) -> &[StackedPiece] {
        &self.pieces
    }

    /// The columns in runs of at most `max_len` that lie in one piece, and in one block of a matrix
    /// with `per_block` columns a block.
    pub(super) fn runs(
        &self,
        per_block: usize,
        max_len: usize,
    ) -> impl Iterator<Item = (&StackedPiece, Range<usize>)> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let is_there = |piece: &&StackedPiece| piece.columns.contains(&start);
            let piece = self.pieces.iter().find(is_there)?;
            let block_end = (start / per_block + 1) * per_block;
            let run = start..(start + max_len).min(block_end).min(piece.columns.end);
            start = run.end;
            Some((piece, run))
        })
    }

    /// The number of the piece that holds `column`, and the place of the column's first cell in
    /// that piece's buffer.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn locate(&self, column: usize) -> (usize, usize) {
        let number = self
            .pieces
            .partition_point(|piece| piece.columns.end <= column);
        (number, self.pieces[number].cell(column, self.height))
    }

    /// The values, column-major.
    pub fn download(&self, gpu: &Gpu) -> Result<Vec<F>, GpuError> {
        let mut values = Vec::with_capacity(self.height * self.width);
        for piece in &self.pieces {
            let cells = piece.first_cell..piece.cell(piece.columns.end, self.height);
            values.extend_from_slice(&gpu.download(&piece.buffer)?[cells]);
        }
        Ok(values)
    }
}

impl From<Columns<F>> for StackedMatrix {
    /// A matrix with memory of its own.
    fn from(matrix: Columns<F>) -> Self {
        let pieces = matrix.blocks().map(|(columns, block)| StackedPiece {
            columns,
            buffer: block.clone(),
            first_cell: 0,
        });
        Self::new(matrix.height(), pieces.collect())
    }
}

impl StackedPiece {
    /// Place in the buffer of the first cell of `column`.
    pub(super) fn cell(&self, column: usize, height: usize) -> usize {
        self.first_cell + (column - self.columns.start) * height
    }

    /// The cells of `column`, and of those that follow it.
    pub(super) fn column(&self, column: usize, height: usize) -> View<F> {
        View::new(&self.buffer, self.cell(column, height))
    }
}
