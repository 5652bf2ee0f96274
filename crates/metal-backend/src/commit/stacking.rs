//! Stacking: trace columns one after the other, cut to columns of one height.
//!
//! Upstream's specification is `stacked_matrix` in `prover/stacked_pcs.rs`; its verifier relies on
//! the layout in `verifier/stacked_reduction.rs`.

use std::sync::Arc;

use openvm_stark_backend::{
    prover::stacked_pcs::{StackedLayout, StackedSlice},
    SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{StackedMatrix, StackedPiece};
use crate::{
    gpu::{word, Columns, Kernel, Recorder, View},
    kernels::stack::{Stack, StackBindings, StackParams},
    MetalError,
};

/// Where the columns of traces with these `(width, height)` lie, which must be sorted by
/// descending height.
pub fn layout(
    params: &SystemParams,
    shapes: &[(usize, usize)],
) -> Result<StackedLayout, MetalError> {
    let log_stacked_height = params.l_skip + params.n_stack;
    let sorted = shapes.iter().enumerate().map(|(trace, &(width, height))| {
        if !height.is_power_of_two() {
            return Err(MetalError::TraceHeight { trace, height });
        }
        let log_height = height.ilog2() as usize;
        if log_height > log_stacked_height {
            return Err(MetalError::TraceTooTall {
                trace,
                log_height,
                log_stacked_height,
            });
        }
        Ok((width, log_height))
    });
    let sorted = sorted.collect::<Result<Vec<_>, _>>()?;
    let layout = StackedLayout::new(params.l_skip, log_stacked_height, sorted);
    let layout = layout.map_err(|error| MetalError::Stacking(Arc::new(error)))?;
    match layout.width() {
        0 => Err(MetalError::NothingToCommit),
        _ => Ok(layout),
    }
}

/// Kernels may read stacked columns by so many cells.
const ALIGNMENT: usize = 4;

/// Where the cells of a stacked column come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CellSource {
    /// The columns of `trace` from this one on, which are contiguous in one of its blocks.
    Trace { trace: usize, first_column: usize },
    /// A copy, the column of this number among those that are copied.
    Copy(usize),
}

/// Trace columns that are contiguous in a block of the trace and in a block of the copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    trace: usize,
    first_column: usize,
    n_columns: usize,
    target: StackedPlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct StackedPlace {
    /// Number among the columns that are copied.
    copy: usize,
    row: usize,
    log_stride: usize,
}

/// Records the copies that the stacked matrix of `layout` needs beside the memory of `traces`;
/// cells that no trace covers are zero.
pub fn record(
    recorder: &mut Recorder<'_>,
    layout: &StackedLayout,
    traces: &[&Columns<F>],
) -> Result<StackedMatrix, MetalError> {
    let per_block: Vec<_> = traces
        .iter()
        .map(|trace| trace.columns_per_block())
        .collect();
    let sources = sources(layout, &per_block);
    let copies = record_copies(recorder, layout, traces, &sources, &per_block)?;
    let height = layout.height();
    let mut pieces: Vec<StackedPiece> = Vec::new();
    for (column, source) in sources.iter().enumerate() {
        let View { buffer, start } = match *source {
            CellSource::Trace {
                trace,
                first_column,
            } => traces[trace].column(first_column),
            CellSource::Copy(copy) => copies.column(copy),
        };
        let continues =
            |last: &&mut StackedPiece| last.buffer == buffer && last.cell(column, height) == start;
        match pieces.last_mut().filter(continues) {
            Some(last) => last.columns.end += 1,
            None => pieces.push(StackedPiece {
                columns: column..column + 1,
                buffer,
                first_cell: start,
            }),
        }
    }
    Ok(StackedMatrix::new(height, pieces))
}

fn record_copies(
    recorder: &mut Recorder<'_>,
    layout: &StackedLayout,
    traces: &[&Columns<F>],
    sources: &[CellSource],
    per_block: &[usize],
) -> Result<Columns<F>, MetalError> {
    let gpu = recorder.gpu();
    let n_copies = sources.iter().filter_map(CellSource::copy).count();
    let copies = Columns::alloc(gpu, layout.height(), n_copies, "stacked columns")?;
    let stack = Kernel::<Stack>::new(gpu)?;
    for copy in with_gaps(layout, sources) {
        let View { buffer, start } = copies.column(copy);
        recorder.clear(&buffer, start..start + layout.height());
    }
    for m in moves(layout, sources, per_block, copies.columns_per_block()) {
        let trace = traces[m.trace];
        let source = trace.column(m.first_column);
        let target = copies.column(m.target.copy);
        let params = StackParams {
            n_values: word(m.n_columns * trace.height()),
            source_offset: word(source.start),
            target_offset: word(target.start + m.target.row),
            log_stride: word(m.target.log_stride),
        };
        let bindings = StackBindings {
            trace: &source.buffer,
            stacked: &target.buffer,
        };
        stack.record(recorder, bindings, params);
    }
    Ok(copies)
}

impl CellSource {
    fn copy(&self) -> Option<usize> {
        match self {
            Self::Copy(copy) => Some(*copy),
            Self::Trace { .. } => None,
        }
    }
}

/// The source of each stacked column, for traces with blocks of so many columns.
fn sources(layout: &StackedLayout, per_block: &[usize]) -> Vec<CellSource> {
    let mut sources = Vec::new();
    let mut n_copies = 0;
    for slices in layout
        .sorted_cols
        .chunk_by(|a, b| a.2.col_idx == b.2.col_idx)
    {
        let (trace, first_column, first) = slices[0];
        let last_column = first_column + slices.len() - 1;
        let is_of_trace = slices.iter().all(|(of, ..)| *of == trace);
        let is_full = slices.len() * first.len(layout.l_skip()) == layout.height();
        let block = |column: usize| column / per_block[trace];
        let first_cell = first_column % per_block[trace] * first.len(layout.l_skip());
        let is_trace = is_of_trace
            && is_full
            && first.stride(layout.l_skip()) == 1
            && block(first_column) == block(last_column)
            && first_cell.is_multiple_of(ALIGNMENT);
        sources.push(if is_trace {
            CellSource::Trace {
                trace,
                first_column,
            }
        } else {
            n_copies += 1;
            CellSource::Copy(n_copies - 1)
        });
    }
    sources
}

/// The copied columns that have cells which no trace value reaches: those with strided columns, and
/// the last one.
fn with_gaps(layout: &StackedLayout, sources: &[CellSource]) -> Vec<usize> {
    let covered = |column: usize| {
        let is_here =
            |slice: &&StackedSlice| slice.col_idx == column && slice.stride(layout.l_skip()) == 1;
        let slices = layout.unstacked_slices_iter().filter(is_here);
        slices
            .map(|slice| slice.len(layout.l_skip()))
            .sum::<usize>()
    };
    let columns = sources.iter().enumerate();
    let copies = columns.filter_map(|(column, source)| Some((column, source.copy()?)));
    let with_gaps = copies.filter(|(column, _)| covered(*column) < layout.height());
    with_gaps.map(|(_, copy)| copy).collect()
}

/// The moves into the copied columns, joined where one serves several trace columns: the layout
/// leaves no gaps, so a trace's columns follow each other even from one stacked column to the next.
fn moves(
    layout: &StackedLayout,
    sources: &[CellSource],
    per_block: &[usize],
    copies_per_block: usize,
) -> Vec<Move> {
    let mut moves: Vec<Move> = Vec::new();
    for &(trace, column, slice) in &layout.sorted_cols {
        let CellSource::Copy(copy) = sources[slice.col_idx] else {
            continue;
        };
        let target = StackedPlace {
            copy,
            row: slice.row_idx,
            log_stride: slice.stride(layout.l_skip()).ilog2() as usize,
        };
        let is_next = |last: &&mut Move| {
            let block = |copy: usize| copy / copies_per_block;
            let is_same_block = block(last.target.copy) == block(copy);
            let starts_block = column % per_block[trace] == 0;
            let follows = last.first_column + last.n_columns == column;
            last.trace == trace && follows && is_same_block && !starts_block
        };
        match moves.last_mut().filter(is_next) {
            Some(last) => last.n_columns += 1,
            None => moves.push(Move {
                trace,
                first_column: column,
                n_columns: 1,
                target,
            }),
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stacked height 8: three columns of 8, three of 4, then four of 2 that lie with stride 2 on 4
    /// rows.
    fn mixed() -> StackedLayout {
        StackedLayout::new(2, 3, vec![(3, 3), (3, 2), (4, 1)]).unwrap()
    }

    #[test]
    fn columns_that_one_trace_fills_are_not_copied() {
        let of = |trace, first_column| CellSource::Trace {
            trace,
            first_column,
        };
        let copies = |n: usize| (0..n).map(CellSource::Copy);
        let whole = [of(0, 0), of(0, 1), of(0, 2), of(1, 0)];
        let expected: Vec<_> = whole.into_iter().chain(copies(3)).collect();
        assert_eq!(sources(&mixed(), &[9, 9, 9]), expected);
        // The first two columns of the second trace lie in different blocks.
        let whole = [of(0, 0), of(0, 1), of(0, 2)];
        let expected: Vec<_> = whole.into_iter().chain(copies(4)).collect();
        assert_eq!(sources(&mixed(), &[2, 1, 9]), expected);
    }

    #[test]
    fn columns_that_do_not_begin_at_a_multiple_of_four_are_copied() {
        // Stacked height 8: a column of 2 rows, then 12 more of another trace.
        let layout = StackedLayout::new(1, 3, vec![(1, 1), (12, 1)]).unwrap();
        let expected = [0, 1, 2, 3].map(CellSource::Copy);
        assert_eq!(sources(&layout, &[99, 99]), expected);
    }

    #[test]
    fn copies_with_gaps_are_those_with_strided_columns_and_the_last() {
        let sources = sources(&mixed(), &[9, 9, 9]);
        assert_eq!(with_gaps(&mixed(), &sources), [0, 1, 2]);
        // Stacked height 8: five columns of 2 after one of 8, the last one is not full.
        let layout = StackedLayout::new(1, 3, vec![(1, 3), (5, 1)]).unwrap();
        let sources = self::sources(&layout, &[9, 2]);
        assert_eq!(with_gaps(&layout, &sources), [1]);
    }

    #[test]
    fn columns_that_lie_together_are_moved_together() {
        let n_columns = |per_block: [usize; 3], copies_per_block| -> Vec<_> {
            let sources = sources(&mixed(), &per_block);
            let moves = moves(&mixed(), &sources, &per_block, copies_per_block);
            let moves = moves.iter();
            moves
                .map(|m| (m.trace, m.first_column, m.n_columns))
                .collect()
        };
        assert_eq!(n_columns([9, 9, 9], 9), [(1, 2, 1), (2, 0, 4)]);
        assert_eq!(
            n_columns([9, 9, 9], 1),
            [(1, 2, 1), (2, 0, 1), (2, 1, 2), (2, 3, 1)]
        );
        assert_eq!(
            n_columns([1, 1, 3], 9),
            [(1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 0, 3), (2, 3, 1)]
        );
        let sources = sources(&mixed(), &[9, 9, 9]);
        assert_eq!(
            moves(&mixed(), &sources, &[9; 3], 9)[1].target.log_stride,
            1
        );
    }
}
