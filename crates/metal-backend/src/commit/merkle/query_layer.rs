//! The query layer: the rows of each query, hashed and folded to one digest.

use std::ops::Range;

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::{
    alloc_layer,
    band::BandLimits,
    compression::{Compression, Subtrees},
    digest,
};
use crate::{
    commit::CodeMatrix,
    gpu::{word, Buffer, Columns, Gpu, GpuError, Kernel, Recorder, View},
    kernels::{
        merkle::{HashLeaves, HashLeavesBindings, HashLeavesParams},
        poseidon2::{self, RATE, WIDTH},
    },
};

/// Hashes the rows and folds those of each query, a band of queries at a time.
pub fn record(
    recorder: &mut Recorder<'_>,
    compression: &Compression,
    code: &CodeMatrix,
    rows_per_query: usize,
) -> Result<Columns<Digest>, GpuError> {
    let gpu = recorder.gpu();
    let leaves = Leaves::new(gpu, compression, code, rows_per_query)?;
    match code {
        CodeMatrix::Kept(matrix) => {
            let states = match matrix.blocks().count() {
                0 | 1 => gpu.alloc(1, "no sponge states")?,
                _ => leaves.alloc_states(gpu)?,
            };
            for first_query in leaves.bands() {
                for (columns, block) in matrix.blocks() {
                    leaves.record_block(recorder, first_query, (columns, block), &states);
                }
            }
        }
        CodeMatrix::Recomputed(_) => {
            let bands = leaves.bands();
            let bands = bands.map(|first_query| Ok((first_query, leaves.alloc_states(gpu)?)));
            let bands = bands.collect::<Result<Vec<_>, GpuError>>()?;
            code.record_blocks(recorder, |recorder, columns, block| {
                for (first_query, states) in &bands {
                    let block = (columns.clone(), block);
                    leaves.record_block(recorder, *first_query, block, states);
                }
            })?;
        }
    }
    Ok(leaves.layer)
}

/// The query layer while it is being recorded: bands of `band_len` queries, which are known by their
/// first one.
struct Leaves<'k> {
    hash: Kernel<HashLeaves>,
    constants: Buffer<F>,
    compression: &'k Compression,
    query_stride: usize,
    rows_per_query: usize,
    band_len: usize,
    width: usize,
    /// Digests of a band's rows, and room for folding them.
    scratch: Option<[View<Digest>; 2]>,
    layer: Columns<Digest>,
}

impl<'k> Leaves<'k> {
    fn new(
        gpu: &Gpu,
        compression: &'k Compression,
        code: &CodeMatrix,
        rows_per_query: usize,
    ) -> Result<Self, GpuError> {
        let query_stride = code.height() / rows_per_query;
        let layer = alloc_layer(gpu, query_stride)?;
        let limits = BandLimits {
            rows_per_query,
            n_permutations: code.width().div_ceil(RATE),
            layer_block_len: layer.height(),
            max_binding_bytes: gpu.max_binding_bytes(),
        };
        let band_len = limits.band_len();
        let n_leaves = band_len * rows_per_query;
        let digests = |len| Ok(View::new(&gpu.alloc(len, "leaf digests")?, 0));
        let scratch = match rows_per_query {
            1 => None,
            _ => Some([digests(n_leaves)?, digests(n_leaves / 2)?]),
        };
        Ok(Self {
            hash: Kernel::new(gpu)?,
            constants: poseidon2::constants(gpu)?,
            compression,
            query_stride,
            rows_per_query,
            band_len,
            width: code.width(),
            scratch,
            layer,
        })
    }

    fn bands(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.query_stride).step_by(self.band_len)
    }

    /// Leaves of a band.
    fn n_leaves(&self) -> usize {
        self.band_len * self.rows_per_query
    }

    /// Room for the sponges of a band.
    fn alloc_states(&self, gpu: &Gpu) -> Result<Buffer<u32>, GpuError> {
        gpu.alloc(WIDTH * self.n_leaves(), "sponge states")
    }

    /// Absorbs a block of columns; after the last one, a band's part of the layer is made.
    fn record_block(
        &self,
        recorder: &mut Recorder<'_>,
        first_query: usize,
        (columns, block): (Range<usize>, &Buffer<F>),
        states: &Buffer<u32>,
    ) {
        let is_last = columns.end == self.width;
        let target = digest(&self.layer, first_query);
        let digests = match &self.scratch {
            None => &target,
            Some([digests, _]) => digests,
        };
        let bindings = HashLeavesBindings {
            poseidon2_constants: &self.constants,
            matrix: block,
            digests: &digests.buffer,
            states,
        };
        let params = HashLeavesParams {
            height: word(self.query_stride * self.rows_per_query),
            query_stride: word(self.query_stride),
            first_query: word(first_query),
            log_band_len: self.band_len.ilog2(),
            n_leaves: word(self.n_leaves()),
            column_start: word(columns.start),
            n_columns: word(columns.len()),
            is_last: u32::from(is_last),
            first_digest: word(digests.start),
        };
        self.hash.record(recorder, bindings, params);
        if let (true, Some([digests, half])) = (is_last, &self.scratch) {
            self.fold_queries(recorder, [digests, half], &target);
        }
    }

    /// Compresses rows `2x` and `2x + 1` of every query until one digest a query is left, in
    /// `target`.
    fn fold_queries(
        &self,
        recorder: &mut Recorder<'_>,
        [mut input, mut output]: [&View<Digest>; 2],
        target: &View<Digest>,
    ) {
        let (compression, stride) = (self.compression, self.band_len);
        let mut n_inputs = self.n_leaves();
        while n_inputs > self.band_len {
            let by_lanes = compression.levels_by_lanes(n_inputs, self.band_len);
            let n_outputs = n_inputs >> by_lanes.unwrap_or(1);
            if n_outputs == self.band_len {
                output = target;
            }
            match by_lanes {
                Some(n_levels) => {
                    let subtrees = Subtrees {
                        n_subtrees: n_outputs,
                        n_levels,
                        stride,
                    };
                    let (children, kept) = (&input.buffer, &output.buffer);
                    compression.subtrees(recorder, subtrees, children, &[kept], output.start);
                }
                None => compression.pairs(recorder, input, output, n_outputs, stride),
            }
            (input, output) = (output, input);
            n_inputs = n_outputs;
        }
    }
}
