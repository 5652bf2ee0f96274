//! Traces about memory by the device: nodes of the tree are places in a table of digests there.
//!
//! The host knows the structure and hashes nothing. What has the same values or the same children has the same place,
//! so that a hash is made once, and its trace has a row for each input, as upstream's has.

use openvm_circuit::system::memory::CHUNK;
use openvm_metal_backend::{BoundaryRecord, HashPair, HashRecord, MemoryRecords, MerkleRecord};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use rustc_hash::FxHashMap;

use super::{
    cells::Chunk,
    changes::{Changes, TouchedChunk, TouchedNode},
    tree::Hashes,
};
use crate::F;

/// The place of a digest, or of a chunk's values.
pub(in crate::vm) type Place = u32;

/// Which digests there are, and what they are of.
pub(in crate::vm) struct Places {
    of_values: FxHashMap<Chunk, Place>,
    of_pairs: FxHashMap<[Place; 2], Place>,
    /// The pair that a place has the hash of, if it has one's.
    pairs: Vec<[Place; 2]>,
    /// What the device does not have yet.
    new_values: Vec<(Place, Vec<Chunk>)>,
    new_pairs: Vec<Vec<HashPair>>,
}

/// The values that a leaf's are hashed with.
const ZEROES: Place = 0;

impl Places {
    pub(in crate::vm) fn new() -> Self {
        let mut places = Self {
            of_values: FxHashMap::default(),
            of_pairs: FxHashMap::default(),
            pairs: vec![],
            new_values: vec![],
            new_pairs: vec![],
        };
        places.values(&[F::ZERO; CHUNK]);
        places
    }

    /// How many there are.
    pub(in crate::vm) fn len(&self) -> usize {
        self.pairs.len()
    }

    fn values(&mut self, chunk: &Chunk) -> Place {
        if let Some(place) = self.of_values.get(chunk) {
            return *place;
        }
        let place = self.pairs.len() as Place;
        self.pairs.push([ZEROES; 2]);
        self.of_values.insert(*chunk, place);
        match self.new_values.last_mut() {
            Some((first, values)) if *first as usize + values.len() == place as usize => {
                values.push(*chunk);
            }
            _ => self.new_values.push((place, vec![*chunk])),
        }
        place
    }

    /// The hash of a pair, which is made after those of smaller heights.
    fn hash(&mut self, height: usize, pair: [Place; 2]) -> Place {
        if let Some(place) = self.of_pairs.get(&pair) {
            return *place;
        }
        let place = self.pairs.len() as Place;
        self.pairs.push(pair);
        self.of_pairs.insert(pair, place);
        if self.new_pairs.len() <= height {
            self.new_pairs.resize(height + 1, vec![]);
        }
        let [left, right] = pair;
        self.new_pairs[height].push(HashPair { place, left, right });
        place
    }

    /// What the device needs for the traces of `changes`, and the hashes that they ask for. What is new is handed out
    /// once.
    pub(in crate::vm) fn records(
        &mut self,
        changes: &Changes<Place>,
        min_heights: [usize; 2],
    ) -> (MemoryRecords, Vec<HashRecord>) {
        let boundary = changes.chunks.iter().map(|chunk| self.boundary(chunk));
        let merkle = changes.nodes.iter().rev().map(merkle);
        let records = MemoryRecords {
            boundary: boundary.collect(),
            merkle: merkle.collect(),
            min_heights,
            read: [&changes.roots[..], &changes.top_tree].concat(),
            n_digests: self.len(),
            values: std::mem::take(&mut self.new_values),
            pairs: std::mem::take(&mut self.new_pairs),
        };
        (records, self.asked(changes))
    }

    fn boundary(&self, chunk: &TouchedChunk<Place>) -> BoundaryRecord {
        let [hash_before, hash_after] = chunk.hashes;
        let values = |hash: Place| self.pairs[hash as usize][0];
        BoundaryRecord {
            address_space: chunk.address_space,
            label: chunk.label,
            values_before: values(hash_before),
            hash_before,
            values_after: values(hash_after),
            hash_after,
            timestamp_0: chunk.timestamps[0],
            timestamp_1: chunk.timestamps[1],
        }
    }

    /// The hashes that rows ask for: those of chunks and of nodes, before and after.
    fn asked(&self, changes: &Changes<Place>) -> Vec<HashRecord> {
        let mut rows: FxHashMap<Place, usize> = FxHashMap::default();
        let mut records: Vec<HashRecord> = vec![];
        let mut ask = |hash: Place| {
            let row = *rows.entry(hash).or_insert(records.len());
            if row == records.len() {
                let [left, right] = self.pairs[hash as usize];
                records.push(HashRecord {
                    left,
                    right,
                    n_asked: 0,
                });
            }
            records[row].n_asked += 1;
        };
        for chunk in &changes.chunks {
            chunk.hashes.into_iter().for_each(&mut ask);
        }
        for node in &changes.nodes {
            node.states.iter().for_each(|state| ask(state.parent));
        }
        records
    }
}

fn merkle(node: &TouchedNode<Place>) -> MerkleRecord {
    let [before, after] = node.states;
    let [is_left_different, is_right_different] = node.untouched;
    let flags = [
        is_left_different,
        is_right_different,
        node.is_above_address_spaces,
        node.is_root,
    ];
    let flags = (0..).zip(flags).map(|(bit, flag)| u32::from(flag) << bit);
    MerkleRecord {
        height: node.height as u32,
        address_space: node.address_space,
        label: node.label,
        flags: flags.sum(),
        before: before.parent,
        left_before: before.children[0],
        right_before: before.children[1],
        after: after.parent,
        left_after: after.children[0],
        right_after: after.children[1],
    }
}

impl Hashes for Places {
    type Node = Place;

    fn leaves(&mut self, chunks: &[Chunk]) -> Vec<Place> {
        let values: Vec<Place> = chunks.iter().map(|chunk| self.values(chunk)).collect();
        let leaves = values
            .into_iter()
            .map(|values| self.hash(0, [values, ZEROES]));
        leaves.collect()
    }

    fn parents(&mut self, height: usize, children: &[[Place; 2]]) -> Vec<Place> {
        children
            .iter()
            .map(|&pair| self.hash(height, pair))
            .collect()
    }
}
