//! The rows of columns after a fold, kept for the next one.

use std::ops::Range;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    constraints::statement::{Statement, Trace},
    gpu::{Buffer, Gpu, GpuError},
};

/// Where they are: whole columns of all traces one after the other, one column for each input of a
/// trace's plan, in blocks that each fit into one binding.
///
/// The first rounds read the traces, which is less to keep and hardly more to read. Round 2 is the first
/// whose rows are kept; those of each round after it are half as many, and in the same order. So two
/// sets of blocks, in turn, are enough.
#[derive(Debug)]
pub struct KeptRows {
    /// By trace.
    runs: Vec<Vec<KeptRun>>,
    /// Of round 2.
    block_lens: Vec<usize>,
}

/// Columns of a trace beside each other in one block.
#[derive(Clone, Debug)]
pub struct KeptRun {
    /// Their numbers, which are those of their slots.
    pub columns: Range<usize>,
    /// The block.
    pub block: usize,
    start: usize,
}

impl KeptRows {
    /// Plans the rows of traces, tallest first.
    pub fn new(gpu: &Gpu, statement: &Statement<'_>) -> Result<Self, GpuError> {
        let max_len = (gpu.max_binding_bytes() / size_of::<EF>() as u64) as usize;
        let mut block_lens = vec![];
        let of_trace = |trace: &Trace<'_>| {
            let width = trace.air.all.plan.inputs.len();
            match trace.n_lift {
                0 | 1 => Ok(vec![]),
                n => place(width, 1 << (n - 1), max_len, &mut block_lens),
            }
        };
        Ok(Self {
            runs: statement
                .traces
                .iter()
                .map(of_trace)
                .collect::<Result<_, _>>()?,
            block_lens,
        })
    }

    /// The columns of a trace.
    pub fn runs(&self, trace: usize) -> &[KeptRun] {
        &self.runs[trace]
    }

    /// The blocks for the rows of even rounds, and of odd ones.
    pub fn alloc(&self, gpu: &Gpu, n_rounds: usize) -> Result<[Vec<Buffer<EF>>; 2], GpuError> {
        let blocks = |len: fn(usize) -> usize| {
            let lens = self.block_lens.iter();
            lens.map(|&n| gpu.alloc(len(n), "folded columns"))
                .collect::<Result<Vec<_>, GpuError>>()
        };
        Ok([
            blocks(|len| len)?,
            match n_rounds {
                0..=2 => vec![],
                _ => blocks(|len| len.div_ceil(2))?,
            },
        ])
    }
}

impl KeptRun {
    /// Place of its first row after the fold of `round`, from 2 on.
    pub fn start(&self, round: usize) -> usize {
        // What lies before it is columns that are no shorter, so this is exact.
        self.start >> (round - 2)
    }
}

fn place(
    width: usize,
    height: usize,
    max_len: usize,
    block_lens: &mut Vec<usize>,
) -> Result<Vec<KeptRun>, GpuError> {
    if height > max_len {
        return Err(GpuError::TooLarge {
            what: "folded columns",
            bytes: (height * size_of::<EF>()) as u64,
            limit: (max_len * size_of::<EF>()) as u64,
        });
    }
    let mut runs = vec![];
    let mut next = 0;
    while next < width {
        let last_len = block_lens.last().copied().unwrap_or(max_len);
        let free = (max_len - last_len) / height;
        if free == 0 {
            block_lens.push(0);
            continue;
        }
        let block = block_lens.len() - 1;
        let run = KeptRun {
            columns: next..(next + free).min(width),
            block,
            start: block_lens[block],
        };
        block_lens[block] += run.columns.len() * height;
        next = run.columns.end;
        runs.push(run);
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_each_other_in_blocks_that_hold_them() {
        let mut block_lens = vec![];
        let mut places = |width, height| -> Vec<_> {
            let runs = place(width, height, 40, &mut block_lens).unwrap();
            let place = |run: KeptRun| (run.columns.clone(), run.block, run.start(2), run.start(3));
            runs.into_iter().map(place).collect()
        };
        assert_eq!(places(3, 16), [(0..2, 0, 0, 0), (2..3, 1, 0, 0)]);
        assert_eq!(places(2, 8), [(0..2, 1, 16, 8)]);
        assert_eq!(places(0, 8), []);
        assert_eq!(places(5, 2), [(0..4, 1, 32, 16), (4..5, 2, 0, 0)]);
        assert_eq!(block_lens, [32, 40, 2]);
    }

    #[test]
    fn a_column_larger_than_a_block_is_an_error() {
        let error = place(1, 64, 63, &mut vec![]).unwrap_err();
        let expected = GpuError::TooLarge {
            what: "folded columns",
            bytes: 1024,
            limit: 1008,
        };
        assert_eq!(error, expected);
    }
}
