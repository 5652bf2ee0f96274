//! The Merkle tree over the rows of a code matrix.
//!
//! Upstream's specification is `MerkleTree` in `prover/stacked_pcs.rs`. A query opens
//! `rows_per_query` rows that lie `query_stride = height / rows_per_query` apart; they are hashed
//! to one digest of the query layer, on which a binary tree stands.

use std::ops::Range;

use openvm_stark_backend::prover::{stacked_pcs, MatrixDimensions};
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::Code;
use crate::{
    gpu::{Buffer, Columns, Element, Gpu, GpuError, Recorder},
    kernels::{
        merkle::{CompressPairs, HashLeaves, LeafBand, LeafBlock},
        poseidon2::{RATE, WIDTH},
    },
    MetalError,
};

/// A code matrix on the device with the digests that its commitment is the root of.
#[derive(Debug)]
pub struct MerkleTree {
    code: Code,
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
            code: Code::Kept(Columns::upload(
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
    pub fn code(&self) -> &Code {
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
        code: Code,
        rows_per_query: usize,
    ) -> Result<Self, MetalError> {
        let height = code.height();
        if rows_per_query > height {
            return Err(MetalError::RowsPerQuery {
                rows_per_query,
                height,
            });
        }
        let compress = CompressPairs::new(recorder.gpu())?;
        let query_layer = record_query_layer(recorder, &compress, &code, rows_per_query)?;
        let mut layers = vec![query_layer];
        while let Some(layer) = next_layer(recorder, &compress, &layers[layers.len() - 1])? {
            layers.push(layer);
        }
        Ok(Self {
            code,
            layers,
            rows_per_query,
        })
    }
}

/// Hashes the rows and folds those of each query, a band of queries at a time.
fn record_query_layer(
    recorder: &mut Recorder<'_>,
    compress: &CompressPairs,
    code: &Code,
    rows_per_query: usize,
) -> Result<Columns<Digest>, GpuError> {
    let gpu = recorder.gpu();
    let leaves = Leaves::new(gpu, compress, code, rows_per_query)?;
    match code {
        Code::Kept(matrix) => {
            let states = match matrix.blocks().count() {
                0 | 1 => None,
                _ => Some(leaves.alloc_states(gpu)?),
            };
            for band in leaves.bands() {
                for (columns, block) in matrix.blocks() {
                    leaves.record_block(recorder, band, columns, block, states.as_ref());
                }
            }
        }
        Code::Recomputed(_) => {
            let bands = leaves
                .bands()
                .map(|band| Ok((band, leaves.alloc_states(gpu)?)));
            let bands = bands.collect::<Result<Vec<_>, GpuError>>()?;
            code.record_blocks(recorder, |recorder, columns, block| {
                for (band, states) in &bands {
                    leaves.record_block(recorder, *band, columns.clone(), block, Some(states));
                }
            })?;
        }
    }
    Ok(leaves.layer)
}

/// The query layer while it is being recorded.
struct Leaves<'k> {
    hash: HashLeaves<F>,
    compress: &'k CompressPairs,
    query_stride: usize,
    rows_per_query: usize,
    band_len: usize,
    width: usize,
    /// Digests of a band's rows, and room for folding them.
    scratch: Option<[Buffer<Digest>; 2]>,
    layer: Columns<Digest>,
}

impl<'k> Leaves<'k> {
    fn new(
        gpu: &Gpu,
        compress: &'k CompressPairs,
        code: &Code,
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
        let scratch = match rows_per_query {
            1 => None,
            _ => Some([
                gpu.alloc(n_leaves, "leaf digests")?,
                gpu.alloc(n_leaves / 2, "leaf digests")?,
            ]),
        };
        Ok(Self {
            hash: HashLeaves::new(gpu)?,
            compress,
            query_stride,
            rows_per_query,
            band_len,
            width: code.width(),
            scratch,
            layer,
        })
    }

    fn bands(&self) -> impl Iterator<Item = LeafBand> + use<> {
        let (query_stride, band_len) = (self.query_stride, self.band_len);
        let n_leaves = band_len * self.rows_per_query;
        let starts = (0..query_stride).step_by(band_len);
        starts.map(move |first_query| LeafBand {
            query_stride,
            first_query,
            band_len,
            n_leaves,
        })
    }

    /// Room for the sponges of a band.
    fn alloc_states(&self, gpu: &Gpu) -> Result<Buffer<u32>, GpuError> {
        self.hash
            .alloc_states(gpu, self.band_len * self.rows_per_query)
    }

    /// Absorbs a block of columns; after the last one, a band's part of the layer is made.
    fn record_block(
        &self,
        recorder: &mut Recorder<'_>,
        band: LeafBand,
        columns: Range<usize>,
        block: &Buffer<F>,
        states: Option<&Buffer<u32>>,
    ) {
        let height = self.layer.height();
        let (layer_block, column) = self.layer.locate(band.first_query / height);
        let target = (layer_block, column * height + band.first_query % height);
        let is_last = columns.end == self.width;
        let code_block = LeafBlock {
            height: self.query_stride * self.rows_per_query,
            columns,
            is_last,
        };
        let leaves = match &self.scratch {
            None => target,
            Some([leaves, _]) => (leaves, 0),
        };
        self.hash
            .record_block(recorder, (block, code_block), band, states, leaves);
        if let (true, Some([leaves, half])) = (is_last, &self.scratch) {
            fold_queries(recorder, self.compress, [leaves, half], band, target);
        }
    }
}

/// Compresses rows `2x` and `2x + 1` of every query until one digest a query is left, in `target`.
fn fold_queries(
    recorder: &mut Recorder<'_>,
    compress: &CompressPairs,
    [leaves, half]: [&Buffer<Digest>; 2],
    band: LeafBand,
    target: (&Buffer<Digest>, usize),
) {
    let (mut input, mut output) = (leaves, half);
    let mut n_outputs = band.n_leaves / 2;
    while n_outputs > band.band_len {
        compress.record(recorder, (input, 0), (output, 0), n_outputs, band.band_len);
        (input, output) = (output, input);
        n_outputs /= 2;
    }
    compress.record(recorder, (input, 0), target, n_outputs, band.band_len);
}

/// The layer above `layer`, or `None` above the root.
fn next_layer(
    recorder: &mut Recorder<'_>,
    compress: &CompressPairs,
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
        let start = i * n_outputs;
        let (input, input_column) = layer.locate(i);
        let (output, output_column) = next.locate(start / next.height());
        let input = (input, input_column * layer.height());
        let output = (
            output,
            output_column * next.height() + start % next.height(),
        );
        compress.record(recorder, input, output, n_outputs, 1);
    }
    Ok(Some(next))
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
