//! `open_paths.wgsl`: the digests that authenticate what queries open.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use crate::{
    commit::MerkleTree,
    gpu::{Buffer, Gpu, GpuError, Pipeline, Recorder},
    kernels::{flat_grid, kernel_params},
    transcript::{DeviceSponge, Place},
};

/// What fits beside the tape and the output into the eight bindings that every adapter has.
const N_PIECES: usize = 6;

kernel_params! {
    /// Pieces of layers.
    OpenPathsParams {
        /// Number of queries.
        n_queries,
        /// Place of the indices on the tape.
        place,
        /// Where the paths go, in vectors of four words.
        offset,
        /// Digests of a path.
        depth,
        /// First digest of a piece.
        start_0,
        /// Level, and logarithm of the length times 256.
        shape_0,
        /// As above.
        start_1,
        /// As above.
        shape_1,
        /// As above.
        start_2,
        /// As above.
        shape_2,
        /// As above.
        start_3,
        /// As above.
        shape_3,
        /// As above.
        start_4,
        /// As above.
        shape_4,
        /// As above.
        start_5,
        /// As above.
        shape_5,
    }
}

/// The kernel's text.
pub fn source() -> String {
    [OpenPathsParams::WGSL, include_str!("open_paths.wgsl")].concat()
}

/// A block of a layer.
struct Piece<'a> {
    digests: &'a Buffer<Digest>,
    start: u32,
    shape: u32,
}

/// The kernel.
pub struct OpenPaths(Arc<Pipeline>);

impl OpenPaths {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self(gpu.pipeline("whir open_paths", source())?))
    }

    /// Copies the siblings on the paths of the queries at `indices` to `opened`, from word `offset`
    /// on, a multiple of four: by query, from the query layer up.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        tree: &MerkleTree,
        indices: Place,
        (opened, offset): (&Buffer<F>, usize),
    ) {
        let depth = tree.layers().len() - 1;
        for pieces in pieces(tree).chunks(N_PIECES) {
            // A piece that no index meets takes the place of one that is missing.
            let shape = |p: usize| pieces.get(p).map_or([1 << 31, 0], |p| [p.start, p.shape]);
            let digests = |p: usize| pieces.get(p).unwrap_or(&pieces[0]).digests.binding();
            let [[start_0, shape_0], [start_1, shape_1], [start_2, shape_2]] = [0, 1, 2].map(shape);
            let [[start_3, shape_3], [start_4, shape_4], [start_5, shape_5]] = [3, 4, 5].map(shape);
            let params = OpenPathsParams {
                n_queries: indices.n_words,
                place: indices.start,
                offset: offset as u32 / 4,
                depth: depth as u32,
                start_0,
                shape_0,
                start_1,
                shape_1,
                start_2,
                shape_2,
                start_3,
                shape_3,
                start_4,
                shape_4,
                start_5,
                shape_5,
            };
            let mut bindings = vec![sponge.tape().binding(), opened.binding()];
            bindings.extend((0..N_PIECES).map(digests));
            let n_threads = u64::from(indices.n_words) * N_PIECES as u64 * 2;
            let grid = flat_grid(n_threads, 64);
            recorder.dispatch(&self.0, &bindings, &params.words(), grid);
        }
    }
}

/// The blocks of all layers below the root.
fn pieces(tree: &MerkleTree) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for (level, layer) in tree.layers()[..tree.layers().len() - 1].iter().enumerate() {
        for (columns, digests) in layer.blocks() {
            pieces.push(Piece {
                digests,
                start: (columns.start * layer.height()) as u32,
                shape: level as u32 | digests.len().ilog2() << 8,
            });
        }
    }
    pieces
}
