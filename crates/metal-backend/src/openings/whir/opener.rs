//! Gathers the rows and authentication paths that queries open, on the device.

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::{
    opened::{Opened, OpenedPlace},
    plan::WhirRound,
};
use crate::{
    commit::MerkleTree,
    gpu::{word, Buffer, Element, Gpu, GpuError, Kernel, Recorder},
    kernels::whir::{
        open_paths::{OpenPaths, OpenPathsBindings, OpenPathsParams, PathPiece, N_PIECES},
        open_rows::{OpenRows, OpenRowsBindings, OpenRowsParams},
    },
    transcript::Place,
};

/// Records what is opened.
pub struct Opener {
    buffer: Buffer<F>,
    places: Vec<OpenedPlace>,
}

impl Opener {
    /// Room for the openings of all rounds; round 0 opens trees of the given widths, the others one
    /// codeword each.
    pub fn new(
        gpu: &Gpu,
        rounds: &[WhirRound],
        widths: impl Iterator<Item = usize>,
        codeword_width: usize,
    ) -> Result<Self, GpuError> {
        let initial = widths.map(|width| (width, &rounds[0]));
        let codewords = rounds[1..].iter().map(|round| (codeword_width, round));
        let mut end = 0;
        let place = |(width, round): (usize, &WhirRound)| {
            let place = OpenedPlace::new(end, width, round);
            end = place.end();
            place
        };
        let places = initial.chain(codewords).map(place).collect();
        Ok(Self {
            // A binding as vectors is a whole number of them.
            buffer: gpu.alloc(end.next_multiple_of(4).max(4), "opened rows")?,
            places,
        })
    }

    /// Opens `tree`, the number `which` of all, at the queries with these `indices` on the tape.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        which: usize,
        tree: &MerkleTree,
        indices: Place,
    ) -> Result<(), GpuError> {
        let place = &self.places[which];
        self.record_rows(recorder, tape, place, tree, indices)?;
        self.record_paths(recorder, tape, place, tree, indices)
    }

    fn record_rows(
        &self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        place: &OpenedPlace,
        tree: &MerkleTree,
        indices: Place,
    ) -> Result<(), GpuError> {
        let kernel = Kernel::<OpenRows>::new(recorder.gpu())?;
        let (code, n_rows) = (tree.code(), tree.rows_per_query());
        code.record_blocks(recorder, |recorder, columns, block| {
            let bindings = OpenRowsBindings {
                columns: block,
                tape,
                opened: &self.buffer,
            };
            let params = OpenRowsParams {
                n_queries: indices.n_words,
                log_rows: n_rows.ilog2(),
                log_stride: (code.height() / n_rows).ilog2(),
                n_columns: word(columns.len()),
                width: word(code.width()),
                first_column: word(columns.start),
                place: indices.start,
                offset: word(place.rows),
            };
            kernel.record(recorder, bindings, params);
        })
    }

    fn record_paths(
        &self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        place: &OpenedPlace,
        tree: &MerkleTree,
        indices: Place,
    ) -> Result<(), GpuError> {
        let gpu = recorder.gpu();
        let kernel = Kernel::<OpenPaths>::new(gpu)?;
        for pieces in path_pieces(tree, place.paths).chunks(N_PIECES) {
            let mut rows = [PathPiece::default(); N_PIECES];
            for (row, (piece, _)) in rows.iter_mut().zip(pieces) {
                *row = *piece;
            }
            // A buffer of which nothing is read takes the place of one that is missing.
            let digests = |i: usize| pieces.get(i).unwrap_or(&pieces[0]).1;
            let bindings = OpenPathsBindings {
                tape,
                opened: &self.buffer,
                pieces: &gpu.upload(&rows, "pieces of paths")?,
                piece_0: digests(0),
                piece_1: digests(1),
                piece_2: digests(2),
                piece_3: digests(3),
                piece_4: digests(4),
                piece_5: digests(5),
            };
            let params = OpenPathsParams {
                n_queries: indices.n_words,
                place: indices.start,
                depth: word(place.depth),
            };
            kernel.record(recorder, bindings, params);
        }
        Ok(())
    }

    /// Records that all is brought back.
    pub fn end(self, recorder: &mut Recorder<'_>) -> Opened {
        Opened {
            words: recorder.read_back(&self.buffer, 0..self.buffer.len()),
            places: self.places,
        }
    }
}

/// The blocks of all layers of `tree` below the root, for paths from word `start` on.
fn path_pieces(tree: &MerkleTree, start: usize) -> Vec<(PathPiece, &Buffer<Digest>)> {
    const VECTOR_WORDS: usize = 4;
    let depth = tree.layers().len() - 1;
    let layers = tree.layers()[..depth].iter().enumerate();
    let pieces = layers.flat_map(|(level, layer)| {
        layer.blocks().map(move |(columns, digests)| {
            let piece = PathPiece {
                level: word(level),
                first_digest: word(columns.start * layer.height()),
                n_digests: word(digests.len()),
                offset: word((start + level * Digest::WORDS) / VECTOR_WORDS),
            };
            (piece, digests)
        })
    });
    pieces.collect()
}
