//! The stacked matrix: trace columns one after the other, cut to columns of one height.
//!
//! Upstream's specification is `stacked_matrix` in `prover/stacked_pcs.rs`; its verifier relies on
//! the layout in `verifier/stacked_reduction.rs`.

use std::sync::Arc;

use openvm_stark_backend::{
    prover::stacked_pcs::{StackedLayout, StackedSlice},
    SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    gpu::{Columns, Recorder},
    kernels::stack::{Stack, StackParams},
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

/// Columns that are contiguous in a block of the trace and in a block of the stacked matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    trace: usize,
    first_column: usize,
    n_columns: usize,
    target: StackedPlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct StackedPlace {
    column: usize,
    row: usize,
    log_stride: usize,
}

/// Records the copy of `traces` into a new stacked matrix of `layout`; cells that no trace covers
/// are zero.
pub fn record(
    recorder: &mut Recorder<'_>,
    layout: &StackedLayout,
    traces: &[&Columns<F>],
) -> Result<Columns<F>, MetalError> {
    let gpu = recorder.gpu();
    let stacked = Columns::alloc(gpu, layout.height(), layout.width(), "stacked matrix")?;
    let stack = Stack::new(gpu)?;
    clear_gaps(recorder, layout, &stacked);
    let columns_per_block: Vec<_> = traces
        .iter()
        .map(|trace| trace.columns_per_block())
        .collect();
    for m in moves(layout, &columns_per_block, stacked.columns_per_block()) {
        let trace = traces[m.trace];
        let (source, source_column) = trace.locate(m.first_column);
        let (target, target_column) = stacked.locate(m.target.column);
        let params = StackParams {
            n_values: (m.n_columns * trace.height()) as u32,
            source_offset: (source_column * trace.height()) as u32,
            target_offset: (target_column * layout.height() + m.target.row) as u32,
            log_stride: m.target.log_stride as u32,
        };
        stack.record(recorder, source, target, params);
    }
    Ok(stacked)
}

/// Zeroes the columns that have cells which no trace value reaches: those with strided columns,
/// and the end of the last one.
fn clear_gaps(recorder: &mut Recorder<'_>, layout: &StackedLayout, stacked: &Columns<F>) {
    let mut clear_from = |column: usize, row: usize| {
        let (block, column) = stacked.locate(column);
        let start = column * layout.height();
        recorder.clear(block, start + row..start + layout.height());
    };
    let is_strided = |slice: &StackedSlice| slice.stride(layout.l_skip()) > 1;
    if let Some(first) = layout
        .unstacked_slices_iter()
        .find(|slice| is_strided(slice))
    {
        clear_from(first.col_idx, first.row_idx);
        for column in first.col_idx + 1..layout.width() {
            clear_from(column, 0);
        }
    } else if let Some(last) = layout.unstacked_slices_iter().last() {
        clear_from(last.col_idx, last.row_idx + last.len(layout.l_skip()));
    }
}

/// The layout's columns, joined where one copy serves several of them: the layout leaves no gaps, so
/// a trace's columns follow each other even from one stacked column to the next.
fn moves(
    layout: &StackedLayout,
    columns_per_block: &[usize],
    stacked_per_block: usize,
) -> Vec<Move> {
    let mut moves: Vec<Move> = Vec::new();
    for &(trace, column, slice) in &layout.sorted_cols {
        let target = StackedPlace {
            column: slice.col_idx,
            row: slice.row_idx,
            log_stride: slice.stride(layout.l_skip()).ilog2() as usize,
        };
        let is_next = |last: &&mut Move| {
            let block = |column: usize| column / stacked_per_block;
            let is_same_block = block(last.target.column) == block(target.column);
            let starts_block = column % columns_per_block[trace] == 0;
            last.trace == trace && is_same_block && !starts_block
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

    #[test]
    fn columns_that_lie_together_are_moved_together() {
        // Stacked height 8: two columns of 8, then four of 2 that lie with stride 2 on 4 rows.
        let layout = StackedLayout::new(2, 3, vec![(2, 3), (4, 1)]).unwrap();
        let n_columns = |columns_per_block: [usize; 2], stacked_per_block| -> Vec<_> {
            let moves = moves(&layout, &columns_per_block, stacked_per_block);
            moves
                .iter()
                .map(|m| (m.trace, m.first_column, m.n_columns))
                .collect()
        };
        assert_eq!(n_columns([9, 9], 9), [(0, 0, 2), (1, 0, 4)]);
        assert_eq!(n_columns([9, 9], 2), [(0, 0, 2), (1, 0, 4)]);
        assert_eq!(
            n_columns([9, 9], 1),
            [(0, 0, 1), (0, 1, 1), (1, 0, 2), (1, 2, 2)]
        );
        assert_eq!(
            n_columns([1, 3], 3),
            [(0, 0, 1), (0, 1, 1), (1, 0, 2), (1, 2, 1), (1, 3, 1)]
        );
        assert!(moves(&layout, &[9, 9], 9)[1].target.log_stride == 1);
    }
}
