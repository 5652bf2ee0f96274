//! Lookup tables whose lookups are counted on the device, by the kernels that make rows.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    gpu::{word, Buffer, Columns, Gpu, GpuError, Kernel},
    kernels::trace::{
        FillLookupTable, FillLookupTableBindings, FillLookupTableParams, LookupTable, TableKind,
    },
    MetalDevice, MetalError, MetalMatrix,
};

/// How often each row of a lookup table was looked up, on the device.
///
/// Holds the error instead, if it could not be made there.
#[derive(Debug)]
pub struct LookupCounts {
    table: LookupTable,
    counts: Result<Buffer<u32>, MetalError>,
}

impl LookupCounts {
    /// The table.
    pub fn table(&self) -> LookupTable {
        self.table
    }
}

/// The tables that a chip's rows may look things up in. A kernel that counts in one must get it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lookups<'a> {
    /// Of numbers of up to so many bits.
    pub range: Option<&'a LookupCounts>,
    /// Of pairs of bytes.
    pub bitwise: Option<&'a LookupCounts>,
    /// Of pairs of numbers.
    pub tuple: Option<&'a LookupCounts>,
}

/// Their counts, each in a buffer of its own; one word where there is no table.
pub(super) struct LookupBuffers {
    pub(super) range: Buffer<u32>,
    pub(super) range_max_bits: u32,
    pub(super) bitwise: Buffer<u32>,
    pub(super) tuple: Buffer<u32>,
    pub(super) tuple_size: u32,
}

impl Lookups<'_> {
    pub(super) fn buffers(&self, gpu: &Gpu) -> Result<LookupBuffers, MetalError> {
        let buffer = |table: Option<&LookupCounts>| match table {
            Some(table) => table.counts.clone(),
            None => Ok(gpu.alloc(1, "counts of no table")?),
        };
        let range_max_bits = match self.range.map(LookupCounts::table) {
            Some(LookupTable::Range { max_bits }) => max_bits,
            _ => 0,
        };
        let tuple_size = match self.tuple.map(LookupCounts::table) {
            Some(LookupTable::Tuple { sizes }) => sizes[1],
            _ => 0,
        };
        Ok(LookupBuffers {
            range: buffer(self.range)?,
            range_max_bits,
            bitwise: buffer(self.bitwise)?,
            tuple: buffer(self.tuple)?,
            tuple_size,
        })
    }
}

impl MetalDevice {
    /// Counts of `table`, all zero.
    pub fn lookup_counts(&self, table: LookupTable) -> LookupCounts {
        let make = |gpu: &Gpu| {
            let counts = gpu.alloc(table.n_counts(), "counts of a lookup table")?;
            let mut recorder = gpu.recorder("lookup counts");
            recorder.clear(&counts, 0..counts.len());
            recorder.flush()?;
            Ok(counts)
        };
        LookupCounts {
            table,
            counts: self.gpu().and_then(make),
        }
    }

    /// The trace of a lookup table: its rows, each with its count, to which that in `host_counts` is added
    /// unless there are none. The counts start again from zero. A failure is returned by the stage that uses
    /// the trace.
    ///
    /// # Panics
    /// If there are `host_counts` of another number than the table has.
    pub fn trace_from_lookups(&self, lookups: &LookupCounts, host_counts: &[u32]) -> MetalMatrix {
        let table = lookups.table;
        if !host_counts.is_empty() {
            assert_eq!(host_counts.len(), table.n_counts(), "counts of {table:?}");
        }
        let make = |gpu| {
            let counts = lookups.counts.as_ref().map_err(Clone::clone)?;
            Ok(fill(gpu, table, counts, host_counts)?)
        };
        MetalMatrix::new(table.height(), table.width(), self.gpu().and_then(make))
    }
}

fn fill(
    gpu: &Gpu,
    table: LookupTable,
    counts: &Buffer<u32>,
    host_counts: &[u32],
) -> Result<Columns<F>, GpuError> {
    let columns = Columns::alloc_for_upload(gpu, table.height(), table.width(), "trace")?;
    let kernel = Kernel::<FillLookupTable>::variant(gpu, TableKind::from(&table))?;
    let uploaded = match host_counts {
        [] => None,
        host_counts => Some(gpu.upload(host_counts, "counts of a lookup table")?),
    };
    let mut recorder = gpu.recorder("lookup table");
    for (range, block) in columns.blocks() {
        let bindings = FillLookupTableBindings {
            counts,
            host_counts: uploaded.as_ref().unwrap_or(counts),
            trace: block,
        };
        let params = FillLookupTableParams {
            height: word(table.height()),
            first_column: word(range.start),
            n_columns: word(range.len()),
            has_host_counts: uploaded.is_some().into(),
            tuple_size: match table {
                LookupTable::Tuple { sizes } => sizes[1],
                _ => 0,
            },
        };
        kernel.record(&mut recorder, bindings, params);
    }
    recorder.clear(counts, 0..counts.len());
    recorder.flush()?;
    Ok(columns)
}
