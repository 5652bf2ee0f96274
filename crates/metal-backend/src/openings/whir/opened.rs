//! The rows and authentication paths that queries opened, as they come back to the host.

use openvm_stark_backend::proof::MerkleProof;
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use super::plan::WhirRound;
use crate::gpu::{Element, Finished, GpuError, ReadBack};

/// Where the rows and paths that one tree opens lie among all that is opened.
#[derive(Clone, Copy, Debug)]
pub struct OpenedPlace {
    /// Number of queries.
    pub n_queries: usize,
    /// Rows of a query.
    pub rows_per_query: usize,
    /// Words of a row.
    pub width: usize,
    /// Digests of a path.
    pub depth: usize,
    /// First word of the rows.
    pub rows: usize,
    /// First word of the paths, a multiple of four.
    pub paths: usize,
}

impl OpenedPlace {
    /// The place, from word `start` on, for the queries of `round` to a tree over rows of `width`
    /// elements.
    pub fn new(start: usize, width: usize, round: &WhirRound) -> Self {
        let n_queries = round.indices.n_words as usize;
        let rows_per_query = 1 << round.sumcheck.len();
        let n_words = n_queries * rows_per_query * width;
        Self {
            n_queries,
            rows_per_query,
            width,
            depth: round.log_queries,
            rows: start,
            paths: (start + n_words).next_multiple_of(4),
        }
    }

    /// One above the last word.
    pub fn end(&self) -> usize {
        self.paths + self.n_queries * self.depth * Digest::WORDS
    }

    /// What lies there among all `words`.
    fn opening(&self, words: &[F]) -> Opening {
        let row = |query: usize, row: usize| {
            let start = self.rows + (query * self.rows_per_query + row) * self.width;
            words[start..start + self.width].to_vec()
        };
        let rows = |query: usize| (0..self.rows_per_query).map(|i| row(query, i)).collect();
        let path_words = self.depth * Digest::WORDS;
        let path = |query: usize| {
            let start = self.paths + query * path_words;
            words[start..start + path_words].as_chunks().0.to_vec()
        };
        Opening {
            rows: (0..self.n_queries).map(rows).collect(),
            paths: (0..self.n_queries).map(path).collect(),
        }
    }
}

/// What the queries of a round open of one tree.
pub struct Opening {
    /// By query, by row, by column.
    pub rows: Vec<Vec<Vec<F>>>,
    /// By query, from the query layer up.
    pub paths: Vec<MerkleProof<Digest>>,
}

/// What was opened, on its way back to the host.
pub struct Opened {
    /// All rows and paths.
    pub words: ReadBack<F>,
    /// Where those of each tree lie.
    pub places: Vec<OpenedPlace>,
}

impl Opened {
    /// The openings, in the order of the trees.
    pub fn finish(self, finished: &Finished) -> Result<Vec<Opening>, GpuError> {
        let words = finished.values(&self.words)?;
        let places = self.places.iter();
        Ok(places.map(|place| place.opening(&words)).collect())
    }
}
