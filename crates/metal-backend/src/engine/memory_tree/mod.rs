//! The tree over a guest's memory and the traces about it, from what the host knows of their structure.

mod rows;
mod table;

use std::ops::Range;

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

pub use table::DigestTable;

use crate::{
    gpu::{word, Columns, Gpu, GpuError, Kernel, Recorder},
    kernels::{
        poseidon2,
        trace::memory_tree::{
            hashes_width, BoundaryRecord, FillHashes, HashPair, HashPairs, HashPairsBindings,
            HashPairsParams, HashRecord, MerkleRecord, BOUNDARY_WIDTH, MERKLE_WIDTH,
        },
    },
    MetalDevice, MetalError, MetalMatrix,
};
use table::Blocks;

/// What a segment adds to a table of digests, and what its traces are made of. Numbers are places in the table.
#[derive(Clone, Debug, Default)]
pub struct MemoryRecords {
    /// Digests in the table, the new ones included.
    pub n_digests: usize,
    /// Values that are new, each list at a place and those behind it.
    pub values: Vec<(u32, Vec<Digest>)>,
    /// Pairs whose digests are new. A list's are made of digests of those before it.
    pub pairs: Vec<Vec<HashPair>>,
    /// Chunks that the segment accessed.
    pub boundary: Vec<BoundaryRecord>,
    /// Nodes over these, the root first.
    pub merkle: Vec<MerkleRecord>,
    /// Least rows of the two traces.
    pub min_heights: [usize; 2],
    /// Digests that are read back.
    pub read: Vec<u32>,
}

/// Traces about a segment's memory.
#[derive(Debug)]
pub struct MemoryTraces {
    /// Of the boundary: chunks before and after.
    pub boundary: MetalMatrix,
    /// Of the Merkle tree: nodes before and after.
    pub merkle: MetalMatrix,
    /// What was to be read back. After an error, which the stage that uses the traces returns, the table's
    /// contents are unknown.
    pub digests: Result<Vec<Digest>, MetalError>,
}

/// A permutation's input, and how often it was asked for.
pub type HashInput = ([F; poseidon2::WIDTH], u32);

impl MetalDevice {
    /// Makes the new digests of `records`, and the traces, and waits for the digests that are read back.
    pub fn trace_memory(&self, table: &mut DigestTable, records: &MemoryRecords) -> MemoryTraces {
        let heights = [records.boundary.len(), records.merkle.len()];
        let heights: [usize; 2] = std::array::from_fn(|i| {
            let n_rows = (2 * heights[i]).max(records.min_heights[i]);
            n_rows.next_power_of_two()
        });
        let make = |gpu| Ok(trace_memory(gpu, table, records, heights)?);
        let made: Result<_, MetalError> = self.gpu().and_then(make);
        let (columns, digests) = match made {
            Ok(([boundary, merkle], digests)) => ([Ok(boundary), Ok(merkle)], Ok(digests)),
            Err(error) => ([Err(error.clone()), Err(error.clone())], Err(error)),
        };
        let [boundary, merkle] = columns;
        MemoryTraces {
            boundary: MetalMatrix::new(heights[0], BOUNDARY_WIDTH, boundary),
            merkle: MetalMatrix::new(heights[1], MERKLE_WIDTH, merkle),
            digests,
        }
    }

    /// The trace of all permutations that were asked for: those of `records`, whose digests are in the table, and
    /// those of `inputs`. With `n_registers` (0 or 1) it has as many columns more for each seventh power. A failure
    /// is returned by the stage that uses the trace.
    ///
    /// # Panics
    /// If there are more registers.
    pub fn trace_hashes(
        &self,
        table: &DigestTable,
        records: &[HashRecord],
        inputs: &[HashInput],
        n_registers: usize,
    ) -> MetalMatrix {
        assert!(n_registers <= 1, "{n_registers} registers");
        let width = hashes_width(n_registers);
        let height = match records.len() + inputs.len() {
            0 => 0,
            n_rows => n_rows.next_power_of_two(),
        };
        let make = |gpu| {
            let columns = Columns::alloc_for_upload(gpu, height, width, "trace")?;
            let mut recorder = gpu.recorder("hash rows");
            let kernel = Kernel::<FillHashes>::variant(gpu, n_registers)?;
            let blocks = table.blocks(gpu)?;
            rows::record_hashes(&mut recorder, &kernel, &blocks, &columns, records, inputs)?;
            recorder.flush()?;
            Ok(columns)
        };
        MetalMatrix::new(height, width, self.gpu().and_then(make))
    }
}

type Made = ([Columns<F>; 2], Vec<Digest>);

fn trace_memory(
    gpu: &Gpu,
    table: &mut DigestTable,
    records: &MemoryRecords,
    heights: [usize; 2],
) -> Result<Made, GpuError> {
    let boundary = Columns::alloc_for_upload(gpu, heights[0], BOUNDARY_WIDTH, "trace")?;
    let merkle = Columns::alloc_for_upload(gpu, heights[1], MERKLE_WIDTH, "trace")?;
    let mut recorder = gpu.recorder("memory tree");
    table.reserve(&mut recorder, records.n_digests)?;
    for (place, values) in &records.values {
        table.put(&mut recorder, *place as usize, values)?;
    }
    let blocks = table.blocks(gpu)?;
    record_pairs(&mut recorder, &blocks, &records.pairs)?;
    rows::record_boundary(&mut recorder, &blocks, &boundary, &records.boundary)?;
    rows::record_merkle(&mut recorder, &blocks, &merkle, &records.merkle)?;
    let read_backs = records.read.iter().map(|&place| {
        let (block, at) = table.locate(gpu, place);
        recorder.read_back(block, at..at + 1)
    });
    let read_backs: Vec<_> = read_backs.collect();
    let finished = recorder.submit()?.wait()?;
    let mut digests = Vec::with_capacity(read_backs.len());
    for read_back in &read_backs {
        digests.extend(finished.values(read_back)?);
    }
    Ok(([boundary, merkle], digests))
}

/// Records that the digests of `pairs` are made, one list after the other.
fn record_pairs(
    recorder: &mut Recorder<'_>,
    blocks: &Blocks,
    lists: &[Vec<HashPair>],
) -> Result<(), GpuError> {
    let gpu = recorder.gpu();
    let kernel = Kernel::<HashPairs>::new(gpu)?;
    let constants = poseidon2::constants(gpu)?;
    let pairs = lists.concat();
    let mut pieces = vec![];
    for (i, piece) in pairs
        .chunks(rows::records_per_piece::<HashPair>(gpu))
        .enumerate()
    {
        let start = i * rows::records_per_piece::<HashPair>(gpu);
        pieces.push((start..start + piece.len(), gpu.upload(piece, "pairs")?));
    }
    let mut start = 0;
    for list in lists {
        let list = start..start + list.len();
        start = list.end;
        for (piece, buffer) in &pieces {
            let here = intersection(&list, piece);
            let bindings = HashPairsBindings {
                poseidon2_constants: &constants,
                pairs: buffer,
                digests_0: &blocks.blocks[0],
                digests_1: &blocks.blocks[1],
                digests_2: &blocks.blocks[2],
                digests_3: &blocks.blocks[3],
            };
            let params = HashPairsParams {
                first_pair: word(here.start - piece.start),
                n_pairs: word(here.len()),
                log_block_len: blocks.log_block_len,
            };
            kernel.record(recorder, bindings, params);
        }
    }
    Ok(())
}

/// What two ranges share; an empty range within the second if they share nothing.
fn intersection(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    let start = a.start.clamp(b.start, b.end);
    start..a.end.clamp(start, b.end)
}
