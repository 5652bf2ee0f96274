//! Where kernels read the columns and public values of traces.
//!
//! A dispatch reads one buffer, and every trace has its own. So that several can share a dispatch, short
//! ones are copied to one buffer, side by side.

use std::ops::Range;

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{Statement, Trace, TraceInput};
use crate::{
    constraints::air::{InputGroup, PlanInputs},
    gpu::{Buffer, Gpu, GpuError, Recorder, View},
    kernels::rap::inputs::Entry,
};

/// The most that is copied: it takes no time beside the dispatches that it saves, and little memory
/// beside the slots of a band.
const MAX_COPIED_BYTES: u64 = 64 << 20;

/// Columns of one part of a trace that lie one after the other.
#[derive(Clone, Debug)]
pub struct ColumnBlock {
    /// Their numbers in the part.
    pub columns: Range<usize>,
    /// Their values.
    pub values: View<F>,
}

/// The two buffers that a dispatch reads inputs from.
#[derive(Clone, Debug, PartialEq)]
pub struct InputBuffers {
    /// A block of columns, or the public values.
    pub source: Buffer<F>,
    /// What is wanted of it.
    pub entries: Buffer<Entry>,
}

/// A block of columns, or the public values, and the entries that read it.
#[derive(Clone, Debug)]
pub struct InputBlock {
    /// Both.
    pub buffers: InputBuffers,
    /// Place of the block's first value.
    pub start: usize,
    /// Number of its first column in the part.
    pub column_start: usize,
    /// The entries.
    pub entries: Range<usize>,
}

/// Copies the public values of every trace to the device, to one buffer.
pub(super) fn upload_public_values(
    gpu: &Gpu,
    traces: &[TraceInput<'_>],
) -> Result<Vec<View<F>>, GpuError> {
    let (mut values, mut starts) = (vec![], vec![]);
    for trace in traces {
        starts.push(values.len());
        values.extend(trace.public_values);
    }
    // A binding is never empty.
    values.push(F::ZERO);
    let buffer = gpu.upload(&values, "public values")?;
    let view = |start| View::new(&buffer, start);
    Ok(starts.into_iter().map(view).collect())
}

impl Statement<'_> {
    /// Records the copying of short traces, the smallest first, as many as may be, unless it has been
    /// recorded before. From then on [`Trace::column_blocks`] are those of the copies.
    pub fn copy_short_traces(&mut self, recorder: &mut Recorder<'_>) -> Result<(), GpuError> {
        if self.traces.iter().any(|trace| !trace.copies.is_empty()) {
            return Ok(());
        }
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
            let mut views = vec![];
            for (_, columns) in &trace.parts {
                views.push(View::new(&copies, next));
                for (_, block) in columns.blocks() {
                    recorder.copy(block, 0..block.len(), &copies, next);
                    next += block.len();
                }
            }
            trace.copies = views;
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
    pub fn column_blocks(&self, part: usize) -> Vec<ColumnBlock> {
        let columns = self.parts[part].1;
        if let Some(values) = self.copies.get(part) {
            return vec![ColumnBlock {
                columns: 0..columns.width(),
                values: values.clone(),
            }];
        }
        let blocks = columns.blocks();
        let block = |(columns, buffer)| ColumnBlock {
            columns,
            values: View::new(buffer, 0),
        };
        blocks.map(block).collect()
    }

    /// What `inputs` read of the trace.
    pub fn input_blocks(&self, inputs: &PlanInputs) -> Vec<InputBlock> {
        let block = |values: &View<F>, column_start, entries| InputBlock {
            buffers: InputBuffers {
                source: values.buffer.clone(),
                entries: inputs.entries.clone(),
            },
            start: values.start,
            column_start,
            entries,
        };
        let of_group = |group: &InputGroup| -> Vec<_> {
            let Some(part) = group.part else {
                return vec![block(&self.public_values, 0, group.all_entries())];
            };
            let number = self.parts.iter().position(|(p, _)| *p == part);
            let blocks = number.map(|number| self.column_blocks(number));
            let blocks = blocks.unwrap_or_default().into_iter();
            let blocks = blocks.map(|ColumnBlock { columns, values }| {
                block(&values, columns.start, group.entries(&columns))
            });
            blocks.filter(|block| !block.entries.is_empty()).collect()
        };
        inputs.groups.iter().flat_map(of_group).collect()
    }
}
