//! The rows and authentication paths that queries open: gathered on the device, read back together.

use openvm_stark_backend::proof::MerkleProof;
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::plan::{OpenedPlace, Round};
use crate::{
    commit::MerkleTree,
    gpu::{Buffer, Element, Finished, Gpu, GpuError, ReadBack, Recorder},
    kernels::whir::{open_paths::OpenPaths, open_rows::OpenRows},
    transcript::DeviceSponge,
};

/// Records what is opened.
pub struct Opener {
    rows: OpenRows,
    paths: OpenPaths,
    buffer: Buffer<F>,
    places: Vec<OpenedPlace>,
}

impl Opener {
    /// Room for the openings of all rounds; round 0 opens trees of the given widths, the others one
    /// codeword each.
    pub fn new(
        gpu: &Gpu,
        rounds: &[Round],
        widths: impl Iterator<Item = usize>,
        codeword_width: usize,
    ) -> Result<Self, GpuError> {
        let initial = widths.map(|width| (width, &rounds[0]));
        let codewords = rounds[1..].iter().map(|round| (codeword_width, round));
        let mut end = 0;
        let place = |(width, round): (usize, &Round)| {
            let place = OpenedPlace::new(end, round.indices.n_words as usize, width, round);
            end = place.end();
            place
        };
        let places = initial.chain(codewords).map(place).collect();
        Ok(Self {
            rows: OpenRows::new(gpu)?,
            paths: OpenPaths::new(gpu)?,
            // A binding as vectors is a whole number of them.
            buffer: gpu.alloc(end.next_multiple_of(4).max(4), "opened rows")?,
            places,
        })
    }

    /// Opens `tree`, the number `which` of all, at the queries of `round`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        which: usize,
        tree: &MerkleTree,
        round: &Round,
    ) -> Result<(), GpuError> {
        if round.indices.n_words == 0 {
            return Ok(());
        }
        let place = &self.places[which];
        let rows = (&self.buffer, place.rows);
        self.rows
            .record(recorder, sponge, tree, round.indices, rows)?;
        let paths = (&self.buffer, place.paths);
        self.paths
            .record(recorder, sponge, tree, round.indices, paths);
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

/// What was opened, on its way back to the host.
pub struct Opened {
    words: ReadBack<F>,
    places: Vec<OpenedPlace>,
}

/// What the queries of a round open of one tree.
pub struct Opening {
    /// By query, by row, by column.
    pub rows: Vec<Vec<Vec<F>>>,
    /// By query, from the query layer up.
    pub paths: Vec<MerkleProof<Digest>>,
}

impl Opened {
    /// The openings, in the order of the trees.
    pub fn finish(self, finished: &Finished) -> Result<Vec<Opening>, GpuError> {
        let words = finished.values(&self.words)?;
        Ok(self
            .places
            .iter()
            .map(|place| opening(&words, place))
            .collect())
    }
}

fn opening(words: &[F], place: &OpenedPlace) -> Opening {
    let row = |query: usize, row: usize| {
        let start = place.rows + (query * place.rows_per_query + row) * place.width;
        words[start..start + place.width].to_vec()
    };
    let rows = |query: usize| (0..place.rows_per_query).map(|i| row(query, i)).collect();
    let path_words = place.depth * Digest::WORDS;
    let path = |query: usize| {
        let start = place.paths + query * path_words;
        words[start..start + path_words].as_chunks().0.to_vec()
    };
    Opening {
        rows: (0..place.n_queries).map(rows).collect(),
        paths: (0..place.n_queries).map(path).collect(),
    }
}
