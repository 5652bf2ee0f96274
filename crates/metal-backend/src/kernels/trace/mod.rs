//! Traces made from the records that an execution leaves: `rows.wgsl` for a chip's rows, `lookup_table.wgsl`
//! for the tables that they look things up in, `memory_tree/` for the guest's memory.
//!
//! A chip has a text of its own, which reads a record, puts the cells of its row and counts what the row
//! looks up, with the functions of `cells.wgsl`, `lookups.wgsl` and `memory.wgsl`.

pub mod bigint;
pub mod fields;
pub mod keccak;
pub mod memory_tree;
pub mod rv32;
pub mod sha2;
pub mod system;
mod users;

use std::{borrow::Cow, fmt, mem, sync::Arc};

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

pub use users::TraceKernelError;

use super::field;
use crate::gpu::{flat_grid, kernel, KernelText, Multiply, TYPICAL_WORK};

/// Threads of a workgroup.
const N_THREADS: u32 = 256;

/// Texts one after the other.
macro_rules! join_texts {
    ($($file:literal),* $(,)?) => { concat!($(include_str!($file)),*) };
}

use join_texts;

/// A kernel that makes a chip's trace from records of fixed size, a row of each or several.
///
/// Those of this crate are constants, such as [`rv32::BASE_ALU`]; [`TraceKernel::from_wgsl`] makes others.
#[derive(Clone, PartialEq, Eq)]
pub struct TraceKernel {
    name: Cow<'static, str>,
    width: usize,
    record_words: usize,
    rows_per_record: usize,
    text: Cow<'static, str>,
    /// Whether the text is a user's.
    is_foreign: bool,
    table: Table,
    /// Whether rows that stand for no record are one that the table has, from the place on that its first word is.
    has_padding_row: bool,
    rows_per_thread: u32,
    /// Multiplications of a thread, or as many as it puts cells if these are more.
    work: u64,
}

/// What a text reads beside records: the same for all rows.
#[derive(Clone, PartialEq, Eq)]
enum Table {
    /// Nothing.
    None,
    /// Words that each chip has of its own.
    Missing,
    /// Words that the chip type has.
    Constant(&'static [u32]),
    /// Those of one chip.
    Words(Arc<[u32]>),
}

impl TraceKernel {
    /// The chip's name, its columns, the words of a record, and the text with `fill_row`.
    pub(crate) const fn new(
        name: &'static str,
        width: usize,
        record_words: usize,
        text: &'static str,
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            width,
            record_words,
            rows_per_record: 1,
            text: Cow::Borrowed(text),
            is_foreign: false,
            table: Table::None,
            has_padding_row: false,
            // One of a wide trace, so that there are enough threads.
            rows_per_thread: match width {
                0..256 => 8,
                _ => 1,
            },
            work: TYPICAL_WORK,
        }
    }

    /// The same with several rows for each record. All rows behind them, up to a power of two, are those of one more
    /// record, which comes last and may have no rows.
    pub(crate) const fn with_rows(mut self, rows_per_record: usize) -> Self {
        self.rows_per_record = rows_per_record;
        self
    }

    /// The same with what the text reads as `table`.
    const fn with_table(mut self, table: &'static [u32]) -> Self {
        // Constants cannot drop what was there.
        mem::forget(mem::replace(&mut self.table, Table::Constant(table)));
        self
    }

    /// What the text reads as `table`, if anything.
    ///
    /// # Panics
    /// If that is a chip's own, and this kernel no chip's.
    pub fn table(&self) -> Option<&[u32]> {
        match &self.table {
            Table::None => None,
            Table::Missing => panic!("{self:?} lacks the table of a chip"),
            Table::Constant(words) => Some(words),
            Table::Words(words) => Some(words),
        }
    }

    /// The chip's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Columns of the trace.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Words of 32 bits that a record has.
    pub fn record_words(&self) -> usize {
        self.record_words
    }

    /// Rows that a record makes.
    pub fn rows_per_record(&self) -> usize {
        self.rows_per_record
    }

    /// Rows of a trace from so many records.
    pub fn height(&self, n_records: usize) -> usize {
        let n_rows = match self.rows_per_record {
            1 => n_records,
            n => n_records.saturating_sub(1) * n,
        };
        match n_rows {
            0 => 0,
            n => n.next_power_of_two(),
        }
    }

    /// The text that finds the rows of a record.
    fn rows_text(&self) -> &'static str {
        match self.rows_per_record {
            1 => include_str!("one_row.wgsl"),
            _ => include_str!("some_rows.wgsl"),
        }
    }

    /// The constants in its text.
    fn constants(&self) -> String {
        let constants = [
            ("RECORD_WORDS", self.record_words),
            ("ROWS_PER_RECORD", self.rows_per_record),
            ("N_ROWS_PER_THREAD", self.rows_per_thread as usize),
        ];
        let lines = constants.map(|(name, value)| format!("const {name}: u32 = {value}u;\n"));
        lines.concat() + &format!("const HAS_PADDING_ROW: bool = {};\n", self.has_padding_row)
    }
}

/// The name; that of a user's kernel is not enough to tell it from others.
impl fmt::Debug for TraceKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.is_foreign {
            true => write!(f, " {:016x}", self.fingerprint()),
            false => Ok(()),
        }
    }
}

/// All kernels of this crate.
fn all() -> Vec<TraceKernel> {
    let chips = [&rv32::ALL[..], &keccak::ALL, &sha2::ALL, &bigint::ALL];
    [&chips.concat()[..], &fields::all(), &system::ALL].concat()
}

/// What the texts of chips can call.
fn functions(multiply: Multiply, chip: &TraceKernel) -> String {
    let constants = chip.constants();
    let texts = [
        field::source(multiply),
        include_str!("inverse.wgsl"),
        include_str!("cells.wgsl"),
        include_str!("lookups.wgsl"),
        include_str!("memory.wgsl"),
        &constants,
    ];
    texts.join("\n")
}

kernel! {
    /// Makes rows of a trace, in a block of its columns.
    pub struct FillRows("trace_rows");
    text(multiply, chip: TraceKernel, of all()) = [
        functions(multiply, &chip),
        chip.text.clone(),
        chip.rows_text(),
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
        /// What the chip's text reads beside.
        table: Read<u32>,
    }
    params FillRowsParams {
        /// Rows of the trace.
        height,
        /// First row made.
        first_row,
        /// Number of rows made.
        n_rows,
        /// Number of records.
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
    grid(params, chip) = flat_grid(params.n_rows.into(), (N_THREADS * chip.rows_per_thread).into());
    work(params, chip) = chip.work.max(params.n_columns.into());
    foreign(chip) = chip.is_foreign;
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
