//! Traces made from the records that an execution leaves: `rows.wgsl` for a chip's rows, `lookup_table.wgsl`
//! for the tables that they look things up in, `memory_tree/` for the guest's memory.
//!
//! A chip has a text of its own, which reads a record, puts the cells of its row and counts what the row
//! looks up, with the functions of `cells.wgsl`, `lookups.wgsl` and `memory.wgsl`.

pub mod memory_tree;
pub mod rv32;
pub mod system;

use std::fmt;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::field;
use crate::gpu::{flat_grid, kernel, KernelText, Multiply};

/// Threads of a workgroup.
const N_THREADS: u32 = 256;

/// Rows that a thread makes, as `rows.wgsl` has it.
const N_ROWS_PER_THREAD: u32 = 8;

/// A kernel that makes a chip's trace from records of fixed size, a row of each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceKernel {
    name: &'static str,
    width: usize,
    record_words: usize,
    text: &'static str,
}

impl TraceKernel {
    /// The chip's name, its columns, the words of a record, and the text with `fill_row`.
    const fn new(
        name: &'static str,
        width: usize,
        record_words: usize,
        text: &'static str,
    ) -> Self {
        Self {
            name,
            width,
            record_words,
            text,
        }
    }

    /// The chip's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Columns of the trace.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Words of 32 bits that a record has.
    pub fn record_words(&self) -> usize {
        self.record_words
    }
}

impl fmt::Debug for TraceKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

kernel! {
    /// Makes rows of a trace, in a block of its columns.
    pub struct FillRows("trace_rows");
    text(multiply, chip: TraceKernel, of rv32::ALL.into_iter().chain(system::ALL)) = [
        field::source(multiply),
        include_str!("inverse.wgsl"),
        include_str!("cells.wgsl"),
        include_str!("lookups.wgsl"),
        include_str!("memory.wgsl"),
        format!("const RECORD_WORDS: u32 = {}u;\n", chip.record_words),
        chip.text,
        include_str!("rows.wgsl"),
    ];
    workgroup_size = [N_THREADS, 1, 1];
    bindings FillRowsBindings {
        /// Records, one after the other.
        records: Read<u32>,
        /// The block.
        trace: Write<F>,
        /// Counts of the range table.
        range_counts: Write<u32> as "array<atomic<u32>>",
        /// Counts of the bitwise table, of pairs and then of their exclusive or.
        bitwise_counts: Write<u32> as "array<atomic<u32>>",
        /// Counts of the table of pairs.
        tuple_counts: Write<u32> as "array<atomic<u32>>",
    }
    params FillRowsParams {
        /// Rows of the trace.
        height,
        /// First row made.
        first_row,
        /// Number of rows made.
        n_rows,
        /// Number of records; the rows behind them are zero.
        n_records,
        /// First column of the block; lookups are counted with the first block.
        first_column,
        /// Columns of the block.
        n_columns,
        /// Bits of the largest numbers in the range table.
        range_max_bits,
        /// Bits of a timestamp.
        timestamp_max_bits,
        /// Bits of a pointer to memory.
        pointer_max_bits,
        /// Second numbers of the table of pairs.
        tuple_size,
    }
    grid(params) = flat_grid(params.n_rows.into(), (N_THREADS * N_ROWS_PER_THREAD).into());
}

/// A table that chips look things up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupTable {
    /// Numbers of up to so many bits.
    Range {
        /// Bits of the largest.
        max_bits: u32,
    },
    /// Pairs of bytes and their exclusive or.
    Bitwise,
    /// Pairs of numbers.
    Tuple {
        /// How many first and second numbers there are.
        sizes: [u32; 2],
    },
}

impl LookupTable {
    /// Rows of its trace.
    pub fn height(&self) -> usize {
        match self {
            Self::Range { max_bits } => 2 << max_bits,
            Self::Bitwise => 1 << 16,
            Self::Tuple { sizes: [x, y] } => *x as usize * *y as usize,
        }
    }

    /// Columns of its trace.
    pub fn width(&self) -> usize {
        match self {
            Self::Range { .. } => 4,
            Self::Bitwise => 18,
            Self::Tuple { .. } => 3,
        }
    }

    /// Numbers that are counted.
    pub fn n_counts(&self) -> usize {
        match self {
            Self::Bitwise => 2 * self.height(),
            _ => self.height(),
        }
    }
}

/// Which of the tables a text is for.
#[derive(Clone, Copy, Debug)]
pub enum TableKind {
    /// [`LookupTable::Range`].
    Range,
    /// [`LookupTable::Bitwise`].
    Bitwise,
    /// [`LookupTable::Tuple`].
    Tuple,
}

impl TableKind {
    const ALL: [Self; 3] = [Self::Range, Self::Bitwise, Self::Tuple];

    const fn text(self) -> &'static str {
        match self {
            Self::Range => include_str!("range_table.wgsl"),
            Self::Bitwise => include_str!("bitwise_table.wgsl"),
            Self::Tuple => include_str!("tuple_table.wgsl"),
        }
    }
}

impl From<&LookupTable> for TableKind {
    fn from(table: &LookupTable) -> Self {
        match table {
            LookupTable::Range { .. } => Self::Range,
            LookupTable::Bitwise => Self::Bitwise,
            LookupTable::Tuple { .. } => Self::Tuple,
        }
    }
}

kernel! {
    /// Makes the trace of a lookup table, in a block of its columns.
    pub struct FillLookupTable("trace_lookup_table");
    text(multiply, table: TableKind, of TableKind::ALL) = [
        field::source(multiply),
        include_str!("cells.wgsl"),
        table.text(),
        include_str!("lookup_table.wgsl"),
    ];
    workgroup_size = [N_THREADS, 1, 1];
    bindings FillLookupTableBindings {
        /// How often the device has looked up.
        counts: Read<u32>,
        /// How often the host has.
        host_counts: Read<u32>,
        /// The block.
        trace: Write<F>,
    }
    params FillLookupTableParams {
        /// Rows of the trace.
        height,
        /// First column of the block.
        first_column,
        /// Columns of the block.
        n_columns,
        /// Whether there are counts of the host.
        has_host_counts,
        /// Second numbers of a table of pairs.
        tuple_size,
    }
    grid(params) = threads(params.height);
}

/// The texts of this topic.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    let mut texts = KernelText::all::<FillRows>(multiply);
    texts.extend(KernelText::all::<FillLookupTable>(multiply));
    texts.extend(memory_tree::texts(multiply));
    texts
}
