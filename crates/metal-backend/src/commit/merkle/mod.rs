//! The Merkle tree over the rows of a code matrix.
//!
//! Upstream's specification is `MerkleTree` in `prover/stacked_pcs.rs`. A query opens
//! `rows_per_query` rows that lie `query_stride = height / rows_per_query` apart; they are hashed
//! to one digest of the query layer, on which a binary tree stands.

mod band;
mod compression;
mod query_layer;

use openvm_stark_backend::prover::{stacked_pcs, MatrixDimensions};
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::CodeMatrix;
use crate::{
    gpu::{Buffer, Columns, Gpu, GpuError, Recorder, View},
    MetalError,
};
use compression::{Compression, Subtrees};

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
        let compression = Compression::new(recorder.gpu())?;
        let mut layers = vec![query_layer::record(
            recorder,
            &compression,
            &code,
            rows_per_query,
        )?];
        loop {
            let next = record_next_layers(recorder, &compression, &layers[layers.len() - 1])?;
            if next.is_empty() {
                break;
            }
            layers.extend(next);
        }
        Ok(Self {
            code,
            layers,
            rows_per_query,
        })
    }
}

/// The layers above `layer` that are made together; none above the root.
fn record_next_layers(
    recorder: &mut Recorder<'_>,
    compression: &Compression,
    layer: &Columns<Digest>,
) -> Result<Vec<Columns<Digest>>, GpuError> {
    let len = layer.height() * layer.width();
    if len == 1 {
        return Ok(vec![]);
    }
    // A dispatch by lanes takes a layer that is one block.
    let by_lanes = compression.levels_by_lanes(len, 1);
    let by_lanes = by_lanes.filter(|_| layer.width() == 1);
    let n_levels = by_lanes.unwrap_or(1);
    let next = (1..=n_levels).map(|level| alloc_layer(recorder.gpu(), len >> level));
    let next = next.collect::<Result<Vec<_>, _>>()?;
    if by_lanes.is_some() {
        let subtrees = Subtrees {
            n_subtrees: len >> n_levels,
            n_levels,
            stride: 1,
        };
        let kept: Vec<_> = next.iter().map(|layer| layer.locate(0).0).collect();
        compression.subtrees(recorder, subtrees, layer.locate(0).0, &kept, 0);
    } else {
        // A block of either layer is a power of two long, so each pair's parent is in one block.
        let n_outputs = layer.height() / 2;
        for i in 0..layer.width() {
            let (input, output) = (layer.column(i), digest(&next[0], i * n_outputs));
            compression.pairs(recorder, &input, &output, n_outputs, 1);
        }
    }
    Ok(next)
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
