//! The Merkle tree over the rows of a code matrix.
//!
//! Upstream's specification is `MerkleTree` in `prover/stacked_pcs.rs`. A query opens
//! `rows_per_query` rows that lie `query_stride = height / rows_per_query` apart; they are hashed
//! to one digest of the query layer, on which a binary tree stands.

use std::ops::Range;

use openvm_stark_backend::prover::{stacked_pcs, MatrixDimensions};
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::CodeMatrix;
use crate::{
    gpu::{Buffer, Columns, Element, Gpu, GpuError, Kernel, Recorder, View},
    kernels::{
        merkle::{
            CompressPairs, CompressPairsBindings, CompressPairsParams, HashLeaves,
            HashLeavesBindings, HashLeavesParams,
        },
        poseidon2::{self, RATE, WIDTH},
    },
    MetalError,
};

/// A code matrix on the device with the digests that its commitment is the root of.
#[derive(Debug)]
pub struct MerkleTree {
    code: CodeMatrix,
    /// From the query layer up to the root. A layer is a list of digests in order; as `Columns`
    /// its blocks are what fits into one binding.
    layers: Vec<Columns<Digest>>,
    rows_per_query: usize,
}

impl MerkleTree {
    /// Copies a tree of the host.
    pub fn upload(
        gpu: &Gpu,
        tree: &stacked_pcs::MerkleTree<F, Digest>,
    ) -> Result<Self, MetalError> {
        let code = tree.backing_matrix();
        let (height, width) = (code.height(), code.width());
        let layers = tree.digest_layers().iter().map(|layer| {
            let block_len = layer_block_len(gpu, layer.len());
            Columns::upload(
                gpu,
                layer,
                block_len,
                layer.len() / block_len,
                "digest layer",
            )
        });
        Ok(Self {
            code: CodeMatrix::Kept(Columns::upload(
                gpu,
                &code.values,
                height,
                width,
                "code matrix",
            )?),
            layers: layers.collect::<Result<_, _>>()?,
            rows_per_query: tree.rows_per_query(),
        })
    }

    /// The committed matrix.
    pub fn code(&self) -> &CodeMatrix {
        &self.code
    }

    /// Digest layers from the query layer up to the root.
    pub fn layers(&self) -> &[Columns<Digest>] {
        &self.layers
    }

    /// Number of rows that a query opens.
    pub fn rows_per_query(&self) -> usize {
        self.rows_per_query
    }

    /// The buffer that holds the root, as its only element.
    pub fn root(&self) -> &Buffer<Digest> {
        self.layers[self.layers.len() - 1].locate(0).0
    }

    /// Records the hashing of `code`, whose height is a power of two.
    pub fn record(
        recorder: &mut Recorder<'_>,
        code: CodeMatrix,
        rows_per_query: usize,
    ) -> Result<Self, MetalError> {
        let height = code.height();
        if rows_per_query > height {
            return Err(MetalError::RowsPerQuery {
                rows_per_query,
                height,
            });
        }
        let kernels = MerkleKernels::new(recorder.gpu())?;
        let query_layer = record_query_layer(recorder, &kernels, &code, rows_per_query)?;
        let mut layers = vec![query_layer];
        while let Some(layer) = next_layer(recorder, &kernels, &layers[layers.len() - 1])? {
            layers.push(layer);
        }
        Ok(Self {
            code,
            layers,
            rows_per_query,
        })
    }
}

/// The kernels of a tree, and the constants that both read.
struct MerkleKernels {
    hash: Kernel<HashLeaves>,
    compress: Kernel<CompressPairs>,
    constants: Buffer<F>,
}

impl MerkleKernels {
    fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            hash: Kernel::new(gpu)?,
            compress: Kernel::new(gpu)?,
            constants: poseidon2::constants(gpu)?,
        })
    }

    /// Makes `n_parents` digests, each of two children `stride`, a power of two, apart.
    fn compress(
        &self,
        recorder: &mut Recorder<'_>,
        children: &View<Digest>,
        parents: &View<Digest>,
        n_parents: usize,
        stride: usize,
    ) {
        let bindings = CompressPairsBindings {
            poseidon2_constants: &self.constants,
            children: &children.buffer,
            parents: &parents.buffer,
        };
        let params = CompressPairsParams {
            n_parents: n_parents as u32,
            log_stride: stride.ilog2(),
            child_offset: children.start as u32,
            parent_offset: parents.start as u32,
        };
        self.compress.record(recorder, bindings, params);
    }
}

/// Hashes the rows and folds those of each query, a band of queries at a time.
fn record_query_layer(
    recorder: &mut Recorder<'_>,
    kernels: &MerkleKernels,
    code: &CodeMatrix,
    rows_per_query: usize,
) -> Result<Columns<Digest>, GpuError> {
    let gpu = recorder.gpu();
    let leaves = Leaves::new(gpu, kernels, code, rows_per_query)?;
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
    kernels: &'k MerkleKernels,
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
        kernels: &'k MerkleKernels,
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
            kernels,
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
            poseidon2_constants: &self.kernels.constants,
            matrix: block,
            digests: &digests.buffer,
            states,
        };
        let params = HashLeavesParams {
            height: (self.query_stride * self.rows_per_query) as u32,
            query_stride: self.query_stride as u32,
            first_query: first_query as u32,
            log_band_len: self.band_len.ilog2(),
            n_leaves: self.n_leaves() as u32,
            column_start: columns.start as u32,
            n_columns: columns.len() as u32,
            is_last: u32::from(is_last),
            first_digest: digests.start as u32,
        };
        self.kernels.hash.record(recorder, bindings, params);
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
        let (kernels, band_len) = (self.kernels, self.band_len);
        let mut n_outputs = self.n_leaves() / 2;
        while n_outputs > band_len {
            kernels.compress(recorder, input, output, n_outputs, band_len);
            (input, output) = (output, input);
            n_outputs /= 2;
        }
        kernels.compress(recorder, input, target, n_outputs, band_len);
    }
}

/// The layer above `layer`, or `None` above the root.
fn next_layer(
    recorder: &mut Recorder<'_>,
    kernels: &MerkleKernels,
    layer: &Columns<Digest>,
) -> Result<Option<Columns<Digest>>, MetalError> {
    let len = layer.height() * layer.width();
    if len == 1 {
        return Ok(None);
    }
    let next = alloc_layer(recorder.gpu(), len / 2)?;
    // A block of either layer is a power of two long, so each pair's parent is in one block.
    let n_outputs = layer.height() / 2;
    for i in 0..layer.width() {
        let (input, output) = (layer.column(i), digest(&next, i * n_outputs));
        kernels.compress(recorder, &input, &output, n_outputs, 1);
    }
    Ok(Some(next))
}

/// A layer from digest `i` on.
fn digest(layer: &Columns<Digest>, i: usize) -> View<Digest> {
    let mut digests = layer.column(i / layer.height());
    digests.start += i % layer.height();
    digests
}

fn alloc_layer(gpu: &Gpu, len: usize) -> Result<Columns<Digest>, GpuError> {
    let block_len = layer_block_len(gpu, len);
    Columns::alloc(gpu, block_len, len / block_len, "digest layer")
}

/// Digests of a layer of `len` that lie in one block; both are powers of two.
fn layer_block_len(gpu: &Gpu, len: usize) -> usize {
    let limit = gpu.max_binding_bytes() / size_of::<Digest>() as u64;
    len.min(1 << limit.max(2).ilog2())
}

/// What bounds the number of queries that are hashed together.
struct BandLimits {
    rows_per_query: usize,
    n_permutations: usize,
    layer_block_len: usize,
    max_binding_bytes: u64,
}

/// About 50 ms on a laptop GPU that does 0.3 G permutations a second; macOS stops kernels that
/// hold the GPU for seconds.
const MAX_PERMUTATIONS_PER_DISPATCH: usize = 1 << 24;
/// Leaf digests of a band take no more than this.
const MAX_LEAF_BYTES: u64 = 32 << 20;

impl BandLimits {
    /// The largest power of two of queries within the limits, at least one.
    fn band_len(&self) -> usize {
        let query_bytes = |words: usize| (self.rows_per_query * words * size_of::<u32>()) as u64;
        // Sponges wait there for the next block of columns.
        let by_states = self.max_binding_bytes / query_bytes(WIDTH);
        let by_digests = MAX_LEAF_BYTES / query_bytes(Digest::WORDS);
        let by_memory = by_states.min(by_digests) as usize;
        let by_time =
            MAX_PERMUTATIONS_PER_DISPATCH / (self.rows_per_query * self.n_permutations).max(1);
        let largest = by_memory.min(by_time).max(1);
        self.layer_block_len.min(1 << largest.ilog2())
    }
}

#[cfg(test)]
mod tests {
    use super::BandLimits;

    #[test]
    fn bands_stay_within_memory_time_and_layer() {
        let keccakf = BandLimits {
            rows_per_query: 16,
            n_permutations: 6,
            layer_block_len: 1 << 18,
            max_binding_bytes: 2 << 30,
        };
        assert_eq!(keccakf.band_len(), 1 << 16);
        let wide = BandLimits {
            n_permutations: 100,
            ..keccakf
        };
        assert_eq!(wide.band_len(), 1 << 13);
        let small_binding = BandLimits {
            max_binding_bytes: 16 << 20,
            ..keccakf
        };
        assert_eq!(small_binding.band_len(), 1 << 14);
        let tiny = BandLimits {
            max_binding_bytes: 256,
            ..keccakf
        };
        assert_eq!(tiny.band_len(), 1);
        let short = BandLimits {
            layer_block_len: 4,
            ..keccakf
        };
        assert_eq!(short.band_len(), 4);
    }
}
