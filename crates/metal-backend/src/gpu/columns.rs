//! Column-major matrices larger than one binding.

use std::ops::Range;

use super::{pool::Fit, Buffer, Element, Gpu, GpuError, View};

/// A column-major matrix on the device: whole columns, in blocks that each fit into one binding.
///
/// All blocks have [`Self::columns_per_block`] columns but the last, which has the rest. Column
/// `c` is contiguous, in natural row order, at element `(c % columns_per_block) * height` of block
/// `c / columns_per_block`.
#[derive(Clone, Debug)]
pub struct Columns<T> {
    height: usize,
    width: usize,
    columns_per_block: usize,
    blocks: Vec<Buffer<T>>,
}

/// Columns that lie beside each other in one block of each of two matrices of equal height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnRun {
    /// First column, counted over the whole matrix.
    pub start: usize,
    /// Number of columns.
    pub len: usize,
}

impl<T: Element> Columns<T> {
    /// A matrix with undefined contents; `what` names it in errors.
    pub fn alloc(
        gpu: &Gpu,
        height: usize,
        width: usize,
        what: &'static str,
    ) -> Result<Self, GpuError> {
        Self::alloc_with(gpu, height, width, Fit::Roomy, what)
    }

    /// The same for what the host brings, in buffers that are no larger than that.
    pub(crate) fn alloc_for_upload(
        gpu: &Gpu,
        height: usize,
        width: usize,
        what: &'static str,
    ) -> Result<Self, GpuError> {
        Self::alloc_with(gpu, height, width, Fit::Exact, what)
    }

    fn alloc_with(
        gpu: &Gpu,
        height: usize,
        width: usize,
        fit: Fit,
        what: &'static str,
    ) -> Result<Self, GpuError> {
        let columns_per_block = columns_per_block::<T>(gpu.max_binding_bytes(), height, what)?;
        let blocks = block_ranges(width, columns_per_block)
            .map(|columns| gpu.alloc_with(columns.len() * height, fit, what))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            height,
            width,
            columns_per_block,
            blocks,
        })
    }

    /// A copy of the column-major `values`.
    ///
    /// `values.len()` must be `height * width`.
    pub fn upload(
        gpu: &Gpu,
        values: &[T],
        height: usize,
        width: usize,
        what: &'static str,
    ) -> Result<Self, GpuError> {
        let columns = Self::alloc_for_upload(gpu, height, width, what)?;
        gpu.fill(&columns.blocks, values)?;
        Ok(columns)
    }

    /// The values, column-major.
    pub fn download(&self, gpu: &Gpu) -> Result<Vec<T>, GpuError> {
        let mut values = Vec::with_capacity(self.height * self.width);
        for block in &self.blocks {
            values.extend(gpu.download(block)?);
        }
        Ok(values)
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Columns in every block but the last.
    pub fn columns_per_block(&self) -> usize {
        self.columns_per_block
    }

    /// The blocks with the columns they hold, in order.
    pub fn blocks(&self) -> impl Iterator<Item = (Range<usize>, &Buffer<T>)> {
        block_ranges(self.width, self.columns_per_block).zip(&self.blocks)
    }

    /// The block that holds column `c`, and the column's number in that block.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn locate(&self, c: usize) -> (&Buffer<T>, usize) {
        let block = &self.blocks[c / self.columns_per_block];
        (block, c % self.columns_per_block)
    }

    /// The values of column `c`, and of those that follow it in its block.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn column(&self, c: usize) -> View<T> {
        let (block, column) = self.locate(c);
        View::new(block, column * self.height)
    }
}

impl<T: Element> From<Buffer<T>> for Columns<T> {
    /// A matrix of one column.
    fn from(column: Buffer<T>) -> Self {
        Self {
            height: column.len(),
            width: 1,
            columns_per_block: 1,
            blocks: vec![column],
        }
    }
}

/// Cuts columns `0..width` where either matrix starts a new block, and into runs of at most
/// `max_len`.
pub fn column_runs(width: usize, per_block: [usize; 2], max_len: usize) -> Vec<ColumnRun> {
    let mut runs = Vec::new();
    let mut start = 0;
    while start < width {
        let to_block_end = per_block.map(|n| n - start % n);
        let len = to_block_end[0]
            .min(to_block_end[1])
            .min(max_len)
            .min(width - start);
        runs.push(ColumnRun { start, len });
        start += len;
    }
    runs
}

fn columns_per_block<T: Element>(
    max_binding_bytes: u64,
    height: usize,
    what: &'static str,
) -> Result<usize, GpuError> {
    let column_bytes = (height.max(1) * size_of::<T>()) as u64;
    match max_binding_bytes / column_bytes {
        0 => Err(GpuError::TooLarge {
            what,
            bytes: column_bytes,
            limit: max_binding_bytes,
        }),
        columns => Ok(columns as usize),
    }
}

fn block_ranges(width: usize, columns_per_block: usize) -> impl Iterator<Item = Range<usize>> {
    (0..width)
        .step_by(columns_per_block)
        .map(move |start| start..(start + columns_per_block).min(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_column_once_and_stay_inside_blocks() {
        for width in 0..40 {
            for per_block in [[1, 1], [3, 5], [4, 8], [40, 7], [100, 100]] {
                for max_len in [1, 2, 100] {
                    let runs = column_runs(width, per_block, max_len);
                    let mut next = 0;
                    for run in &runs {
                        assert_eq!(run.start, next);
                        assert!(run.len > 0 && run.len <= max_len);
                        let last = run.start + run.len - 1;
                        for n in per_block {
                            assert_eq!(run.start / n, last / n);
                        }
                        next += run.len;
                    }
                    assert_eq!(next, width);
                }
            }
        }
    }

    #[test]
    fn a_column_larger_than_a_binding_is_an_error() {
        let error = columns_per_block::<u32>(1023, 256, "trace");
        let expected = GpuError::TooLarge {
            what: "trace",
            bytes: 1024,
            limit: 1023,
        };
        assert_eq!(error, Err(expected));
        assert_eq!(columns_per_block::<u32>(1024, 256, "trace"), Ok(1));
    }
}
