//! Traces that the device makes from the records that an execution leaves.

use std::ops::Range;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::lookups::{LookupBuffers, Lookups};
use crate::{
    gpu::{
        is_small, piece_len, word, Buffer, Columns, Gpu, GpuError, Kernel, KernelText, Recorder,
        SMALL_BUFFER_BYTES,
    },
    kernels::trace::{
        memory_tree, system, FillLookupTable, FillRows, FillRowsBindings, FillRowsParams,
        TraceKernel,
    },
    MetalDevice, MetalMatrix,
};

/// Numbers of a VM that its chips' rows depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VmBits {
    /// Bits of a timestamp.
    pub timestamp: u32,
    /// Bits of a pointer to memory.
    pub pointer: u32,
}

impl MetalDevice {
    /// Compiles what makes traces with `kernels`, those of lookup tables and of the system, so that no segment
    /// waits for it.
    ///
    /// A kernel that does not compile is reported by the stage that uses its trace.
    pub fn compile_trace_kernels(&self, kernels: impl IntoIterator<Item = TraceKernel>) {
        if let Ok(gpu) = self.gpu() {
            let multiply = gpu.multiply();
            let rows = |kernel| KernelText::new::<FillRows>(multiply, kernel);
            let mut texts: Vec<_> = kernels.into_iter().chain(system::ALL).map(rows).collect();
            texts.extend(KernelText::all::<FillLookupTable>(multiply));
            texts.extend(memory_tree::texts(multiply));
            gpu.compile_ahead(texts);
        }
    }

    /// Makes a trace from `records`, with as many rows from each as the kernel says and others up to a power of two;
    /// a failure is returned by the stage that uses it. What the rows look up is added to the counts of `lookups`.
    ///
    /// The records are copied as they are, in pieces. Several threads may do this at once, also while proofs
    /// are made. Returns when `records` are no longer needed, which may be before there is a trace.
    ///
    /// # Panics
    /// If `records` are not whole ones, or the kernel is one of [`fields`](crate::fields) without a chip's table.
    pub fn trace_from_records(
        &self,
        kernel: &TraceKernel,
        records: &[u32],
        bits: VmBits,
        lookups: Lookups<'_>,
    ) -> MetalMatrix {
        let n_records = records.len() / kernel.record_words();
        assert_eq!(
            records.len(),
            n_records * kernel.record_words(),
            "records of {kernel:?}"
        );
        let (height, width) = (kernel.height(n_records), kernel.width());
        let table = kernel.table();
        let make = |gpu| {
            let lookups = lookups.buffers(gpu)?;
            let columns = Columns::alloc_for_upload(gpu, height, width, "trace")?;
            let upload = |table| gpu.upload(table, "table of a chip");
            let trace = Trace {
                kernel: Kernel::variant(gpu, kernel.clone())?,
                record_words: kernel.record_words(),
                rows_per_record: kernel.rows_per_record(),
                columns,
                bits,
                lookups,
                table: table.map(upload).transpose()?,
            };
            trace.fill(gpu, records)?;
            Ok(trace.columns)
        };
        MetalMatrix::new(height, width, self.gpu().and_then(make))
    }
}

/// A trace in the making.
struct Trace {
    kernel: Kernel<FillRows>,
    record_words: usize,
    rows_per_record: usize,
    columns: Columns<F>,
    bits: VmBits,
    lookups: LookupBuffers,
    table: Option<Buffer<u32>>,
}

impl Trace {
    fn fill(&self, gpu: &Gpu, records: &[u32]) -> Result<(), GpuError> {
        let height = self.columns.height();
        let n_records = records.len() / self.record_words;
        // A few are best moved where they are, rather than by a submission of their own.
        if is_small(records) {
            let buffer = gpu.upload(records, "records")?;
            let mut recorder = gpu.recorder("trace rows");
            self.record_rows(&mut recorder, &buffer, 0..height, n_records);
            return recorder.flush();
        }
        // The pieces go through one buffer, one after the other, as the device works in order. It has the
        // same size for all traces, so that it is there already.
        let buffer = gpu.alloc(piece_words(gpu), "records")?;
        let records_per_piece = buffer.len() / self.record_words;
        let words_per_piece = records_per_piece * self.record_words;
        let pieces: Vec<_> = records.chunks(words_per_piece).collect();
        gpu.send("trace rows", &pieces, |i, transfer| {
            transfer.copy(0..pieces[i].len(), &buffer, 0);
            let first_row = i * records_per_piece * self.rows_per_record;
            let n_records = pieces[i].len() / self.record_words;
            let end = match i + 1 == pieces.len() {
                true => height,
                false => first_row + n_records * self.rows_per_record,
            };
            self.record_rows(&mut transfer.recorder, &buffer, first_row..end, n_records);
            Ok(())
        })
    }

    /// Records that `rows` are made of the first records in `records`.
    fn record_rows(
        &self,
        recorder: &mut Recorder<'_>,
        records: &Buffer<u32>,
        rows: Range<usize>,
        n_records: usize,
    ) {
        for (columns, block) in self.columns.blocks() {
            let bindings = FillRowsBindings {
                records,
                trace: block,
                range_counts: &self.lookups.range,
                bitwise_counts: &self.lookups.bitwise,
                tuple_counts: &self.lookups.tuple,
                table: self.table.as_ref().unwrap_or(records),
            };
            let params = FillRowsParams {
                height: word(self.columns.height()),
                first_row: word(rows.start),
                n_rows: word(rows.len()),
                n_records: word(n_records),
                first_column: word(columns.start),
                n_columns: word(columns.len()),
                range_max_bits: self.lookups.range_max_bits,
                timestamp_max_bits: self.bits.timestamp,
                pointer_max_bits: self.bits.pointer,
                tuple_size: self.lookups.tuple_size,
            };
            self.kernel.record(recorder, bindings, params);
        }
    }
}

/// The most words of records that are sent at once.
fn piece_words(gpu: &Gpu) -> usize {
    let max_bytes = gpu.max_binding_bytes().max(SMALL_BUFFER_BYTES);
    piece_len::<u32>().min((max_bytes / size_of::<u32>() as u64) as usize)
}

#[cfg(test)]
mod tests {
    use openvm_stark_backend::{
        p3_field::PrimeField32, prover::MatrixDimensions, test_utils::default_test_params_small,
    };

    use super::*;
    use crate::gpu::GpuOptions;

    const RECORD_WORDS: usize = 64;

    /// Its rows are a record's last word, and which of the record's rows it is.
    const THREE_ROWS: TraceKernel = TraceKernel::new(
        "ThreeRows",
        2,
        RECORD_WORDS,
        "fn fill_row(row: u32, at: u32, part: u32) { put(0u, row, records[at + 63u]); put(1u, row, part); }",
    )
    .with_rows(3);

    /// Also where records come in pieces and columns are in several blocks.
    #[test]
    fn records_make_several_rows_and_the_last_one_all_behind() {
        let options = GpuOptions {
            max_binding_bytes: Some(SMALL_BUFFER_BYTES),
            ..GpuOptions::from_env().unwrap()
        };
        let device = MetalDevice::new(default_test_params_small(), &options);
        let gpu = device.gpu().unwrap();
        let bits = VmBits {
            timestamp: 29,
            pointer: 29,
        };
        let in_pieces = 2 * piece_words(gpu) / RECORD_WORDS + 5;
        for n_records in [0, 1, 2, 3, 86, in_pieces] {
            let words = 0..n_records * RECORD_WORDS;
            let records: Vec<u32> = words.map(|i| i as u32).collect();
            let trace = device.trace_from_records(&THREE_ROWS, &records, bits, Lookups::default());
            let n_rows = 3 * n_records.saturating_sub(1);
            let height = match n_rows {
                0 => 0,
                n => n.next_power_of_two(),
            };
            assert_eq!(
                (trace.height(), trace.width()),
                (height, 2),
                "{n_records} records"
            );
            if height == 0 {
                continue;
            }
            let cells = device.download(&trace).unwrap().values;
            for row in 0..height {
                let record = (row / 3).min(n_records - 1);
                let word = records[record * RECORD_WORDS + 63];
                let expected = [word, (row - 3 * record) as u32];
                let found = [cells[row], cells[height + row]].map(|cell| cell.as_canonical_u32());
                assert_eq!(found, expected, "{n_records} records, row {row}");
            }
        }
    }
}
