//! The chips of upstream's `openvm-mod-circuit-builder`: arithmetic in prime fields, their extensions of degree two, and on
//! curves over them. One text computes what a table says, and the table is made of the chip's expressions.
//!
//! Numbers have 8 or 12 words, in private memory, as a row needs them in an order that only the table knows: two dozen at
//! most, so that a buffer for them would be larger than the traces.

mod product;
mod steps;
mod table;

pub use steps::{FieldStep, Operand};
pub use table::{Factor, FieldConstraint, FieldTable, FieldTerm};

use super::{Table, TraceKernel};

/// Registers that a program may use.
pub const N_REGISTERS: u8 = 24;

/// Inputs and variables that an expression may have.
pub const N_VALUES: u8 = 8;

/// Flags that an expression may have.
pub const N_FLAGS: u8 = 16;

/// Which of the texts is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldShape {
    /// Pointers to what is read.
    pub n_reads: usize,
    /// Four bytes that are at each pointer, also at the one to what is written.
    pub n_blocks: usize,
    /// Words of a number.
    pub n_words: usize,
}

impl FieldShape {
    /// Those of `SdkVmConfig`: one number or two at a pointer, of 256 or 384 bits.
    pub const ALL: [Self; 6] = [
        Self::new(2, 1, 8),
        Self::new(2, 1, 12),
        Self::new(2, 2, 8),
        Self::new(2, 2, 12),
        Self::new(1, 2, 8),
        Self::new(1, 2, 12),
    ];

    /// So many numbers are at each pointer.
    const fn new(n_reads: usize, n_numbers: usize, n_words: usize) -> Self {
        Self {
            n_reads,
            n_blocks: n_numbers * n_words,
            n_words,
        }
    }

    /// Columns of the adapter, `Rv32VecHeapAdapterCols`.
    pub const fn adapter_columns(self) -> usize {
        10 + 8 * self.n_reads + (3 * self.n_reads + 7) * self.n_blocks
    }

    /// Words of a record.
    const fn record_words(self) -> usize {
        let adapter = 5 + 3 * self.n_reads + (self.n_reads + 2) * self.n_blocks;
        adapter + self.n_reads * self.n_blocks + 1
    }

    /// The kernel without a table, which is good to be compiled.
    pub fn kernel(self) -> TraceKernel {
        let Self {
            n_reads,
            n_blocks,
            n_words,
        } = self;
        let constants = [
            ("N_READS", n_reads),
            ("N_BLOCKS", n_blocks),
            ("N_WORDS", n_words),
            ("N_REGISTERS", N_REGISTERS.into()),
            ("N_VALUES", N_VALUES.into()),
            ("MAX_FLAGS", N_FLAGS.into()),
        ];
        let constants = constants.map(|(name, value)| format!("const {name}: u32 = {value}u;\n"));
        let text = [
            &constants.concat(),
            &table::names(),
            include_str!("vec_heap.wgsl"),
            include_str!("numbers.wgsl"),
            &product::text(n_words),
            include_str!("variables.wgsl"),
            include_str!("constraints.wgsl"),
            include_str!("expression.wgsl"),
        ];
        TraceKernel {
            name: format!("FieldExpression {n_reads} x {n_blocks}").into(),
            text: text.concat().into(),
            table: Table::Missing,
            rows_per_thread: 1,
            has_padding_row: true,
            // About as many multiplications as an inverse takes.
            work: 64 * n_words.pow(3) as u64,
            ..TraceKernel::new("", self.adapter_columns(), self.record_words(), "")
        }
    }

    /// The kernel for a chip whose trace has `width` columns. `None` if the text has no room for such a table.
    pub fn with_table(self, width: usize, table: &FieldTable) -> Option<TraceKernel> {
        let fits = table.n_inputs == self.n_reads * self.n_blocks / self.n_words
            && table.padding_row.len() == width
            && table.fits(self.n_words);
        fits.then(|| TraceKernel {
            width,
            table: Table::Words(table.words(self.n_words).into()),
            ..self.kernel()
        })
    }
}

/// `ModularIsEqualChip` for numbers of so many words, without a modulus, which is good to be compiled.
pub fn is_equal_kernel(n_words: usize) -> TraceKernel {
    let text = [
        &format!("const N_WORDS: u32 = {n_words}u;\n"),
        include_str!("is_equal_adapter.wgsl"),
        include_str!("is_equal.wgsl"),
    ];
    TraceKernel {
        name: format!("ModularIsEqual {n_words}").into(),
        text: text.concat().into(),
        table: Table::Missing,
        ..TraceKernel::new("", is_equal_columns(n_words), is_equal_words(n_words), "")
    }
}

/// The same for a modulus.
pub fn is_equal(modulus: &[u32]) -> TraceKernel {
    // A word more, for a number that is the modulus and so has no byte that differs.
    let words = [modulus, &[0]].concat();
    TraceKernel {
        table: Table::Words(words.into()),
        ..is_equal_kernel(modulus.len())
    }
}

/// Those of an adapter and a core.
fn is_equal_columns(n_words: usize) -> usize {
    (26 + 6 * n_words) + (6 + 16 * n_words)
}

/// Those of an adapter and a core.
fn is_equal_words(n_words: usize) -> usize {
    (11 + 2 * n_words) + (2 * n_words + 1)
}

/// All of them, without their tables.
pub(super) fn all() -> Vec<TraceKernel> {
    let expressions = FieldShape::ALL.iter().map(|shape| shape.kernel());
    expressions.chain([8, 12].map(is_equal_kernel)).collect()
}
