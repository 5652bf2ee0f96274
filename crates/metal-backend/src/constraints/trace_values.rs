//! Where kernels read the columns and public values of traces.
//!
//! A dispatch reads one buffer, and every trace has its own. So that several can share a dispatch, short
//! ones are copied to one buffer, side by side.

use std::ops::Range;

use openvm_stark_backend::{p3_field::PrimeCharacteristicRing, prover::ProvingContext};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{
    air_plan::{SourceGroup, Sources},
    statement::{Statement, Trace},
};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Recorder},
    kernels::rap::inputs::{InputParams, Source},
    MetalBackend,
};

/// The most that is copied: it takes no time beside the dispatches that it saves, and little memory
/// beside the slots of a band.
const MAX_COPIED_BYTES: u64 = 64 << 20;

/// Values of one trace in a buffer, among those of others.
#[derive(Clone, Debug)]
pub struct Place {
    buffer: Buffer<F>,
    start: usize,
}

/// Columns of one part of a trace that lie one after the other.
#[derive(Clone, Debug)]
pub struct ColumnBlock<'s> {
    /// Their numbers in the part.
    pub columns: Range<usize>,
    /// What they are in.
    pub buffer: &'s Buffer<F>,
    /// Place of the first one's first value.
    pub start: usize,
}

/// A block of columns, or the public values, and the entries that read it.
#[derive(Clone, Debug)]
pub struct SourceBlock<'s> {
    /// The block, and what has the entries.
    pub source: Source<'s>,
    /// Place of its first value.
    pub start: usize,
    /// Number of its first column in the part.
    pub column_start: usize,
    /// The entries.
    pub entries: Range<usize>,
}

/// Copies the public values of every trace to the device, to one buffer.
pub(super) fn upload_public_values(
    gpu: &Gpu,
    ctx: &ProvingContext<MetalBackend>,
) -> Result<Vec<Place>, GpuError> {
    let (mut values, mut starts) = (vec![], vec![]);
    for (_, trace) in &ctx.per_trace {
        starts.push(values.len());
        values.extend(&trace.public_values);
    }
    // A binding is never empty.
    values.push(F::ZERO);
    let buffer = gpu.upload(&values, "public values")?;
    let place = |start| Place {
        buffer: buffer.clone(),
        start,
    };
    Ok(starts.into_iter().map(place).collect())
}

impl Statement<'_> {
    /// Records the copying of short traces, the smallest first, as many as may be. From then on
    /// [`Trace::column_blocks`] are those of the copies.
    pub fn copy_short_traces(&mut self, recorder: &mut Recorder<'_>) -> Result<(), GpuError> {
        let gpu = recorder.gpu();
        let max_len =
            (MAX_COPIED_BYTES.min(gpu.max_binding_bytes()) / size_of::<F>() as u64) as usize;
        let mut by_len: Vec<_> = self.traces.iter_mut().collect();
        by_len.sort_by_key(|trace| trace.n_values());
        let mut len = 0;
        let are_short = by_len.iter().take_while(|trace| {
            len += trace.n_values();
            len <= max_len
        });
        let n_short = are_short.count();
        by_len.truncate(n_short);
        if n_short < 2 {
            return Ok(());
        }
        let len = by_len.iter().map(|trace| trace.n_values()).sum();
        let copies = gpu.alloc(len, "short traces")?;
        let mut next = 0;
        for trace in by_len {
            let mut places = vec![];
            for (_, columns) in &trace.parts {
                places.push(Place {
                    buffer: copies.clone(),
                    start: next,
                });
                for (_, block) in columns.blocks() {
                    recorder.copy(block, 0..block.len(), &copies, next);
                    next += block.len();
                }
            }
            trace.copies = places;
        }
        Ok(())
    }
}

impl Trace<'_> {
    /// Values in all parts.
    fn n_values(&self) -> usize {
        let widths = self.parts.iter().map(|(_, columns)| columns.width());
        widths.sum::<usize>() << self.log_height
    }

    /// The columns of a part, by its number.
    pub fn column_blocks(&self, part: usize) -> Vec<ColumnBlock<'_>> {
        let columns = self.parts[part].1;
        if let Some(Place { buffer, start }) = self.copies.get(part) {
            return vec![ColumnBlock {
                columns: 0..columns.width(),
                buffer,
                start: *start,
            }];
        }
        let blocks = columns.blocks();
        blocks
            .map(|(columns, buffer)| ColumnBlock {
                columns,
                buffer,
                start: 0,
            })
            .collect()
    }

    /// What `sources` read of the trace.
    pub fn source_blocks<'s>(&'s self, sources: &'s Sources) -> Vec<SourceBlock<'s>> {
        let entries = &sources.entries;
        let of_group = |group: &SourceGroup| -> Vec<_> {
            let Some(part) = group.part else {
                return vec![SourceBlock {
                    source: Source {
                        block: &self.public_values.buffer,
                        entries,
                    },
                    start: self.public_values.start,
                    column_start: 0,
                    entries: group.all_entries(),
                }];
            };
            let number = self.parts.iter().position(|(p, _)| *p == part);
            let blocks = number.map(|number| self.column_blocks(number));
            let blocks = blocks.unwrap_or_default().into_iter();
            let blocks = blocks.map(|block| SourceBlock {
                source: Source {
                    block: block.buffer,
                    entries,
                },
                start: block.start,
                column_start: block.columns.start,
                entries: group.entries(&block.columns),
            });
            blocks.filter(|block| !block.entries.is_empty()).collect()
        };
        sources.groups.iter().flat_map(of_group).collect()
    }

    /// Calls `record` for every block of the trace that `sources` read, with `params` completed.
    pub fn record_sources(
        &self,
        recorder: &mut Recorder<'_>,
        sources: &Sources,
        params: InputParams,
        mut record: impl FnMut(&mut Recorder<'_>, Source<'_>, InputParams),
    ) {
        for block in self.source_blocks(sources) {
            let params = InputParams {
                height: 1 << self.log_height,
                source_start: block.start as u32,
                column_start: block.column_start as u32,
                first_entry: block.entries.start as u32,
                n_entries: block.entries.len() as u32,
                ..params
            };
            record(recorder, block.source, params);
        }
    }
}
