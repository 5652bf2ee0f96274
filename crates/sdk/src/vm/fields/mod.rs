//! Kernels of the chips that compute in prime fields: each gets a table of the expressions that upstream builds.

mod constraints;
mod numbers;
mod program;

use openvm_algebra_circuit::modular_chip::ModularIsEqualChip;
use openvm_circuit::arch::{AdapterTraceFiller, TraceFiller, VmChipWrapper};
use openvm_metal_backend::{
    fields::{is_equal, FieldShape, FieldTable},
    TraceKernel,
};
use openvm_mod_circuit_builder::FieldExpressionFiller;
use openvm_rv32_adapters::Rv32VecHeapAdapterFiller;
use openvm_stark_backend::{
    p3_air::BaseAir,
    p3_field::{PrimeCharacteristicRing, PrimeField32},
};

use self::{constraints::constraints, numbers::Numbers, program::program};
use crate::F;

/// Bytes that an access to memory reads or writes.
const BLOCK_SIZE: usize = 4;

/// Chips that read and write `BLOCKS` times four bytes at `READS` pointers and another: `ModularChip`, `Fp2Chip`,
/// `WeierstrassChip`.
pub(super) type FieldChip<const READS: usize, const BLOCKS: usize> =
    VmChipWrapper<F, FieldExpressionFiller<Adapter<READS, BLOCKS>>>;

type Adapter<const READS: usize, const BLOCKS: usize> =
    Rv32VecHeapAdapterFiller<READS, BLOCKS, BLOCKS, BLOCK_SIZE, BLOCK_SIZE>;

/// Chips that compare numbers of `BYTES` bytes.
pub(super) type IsEqualChip<const BLOCKS: usize, const BYTES: usize> =
    ModularIsEqualChip<F, BLOCKS, BLOCK_SIZE, BYTES>;

/// The kernel for this chip, unless its expressions are beyond what there is a text for.
pub(super) fn expression_kernel<const READS: usize, const BLOCKS: usize>(
    chip: &FieldChip<READS, BLOCKS>,
) -> Option<TraceKernel> {
    let shape = shape(READS, BLOCKS)?;
    let filler = &chip.inner;
    let adapter_width = <Adapter<READS, BLOCKS> as AdapterTraceFiller<F>>::WIDTH;
    let width = adapter_width + BaseAir::<F>::width(&filler.expr);
    let mut padding_row = F::zero_vec(width);
    filler.fill_dummy_trace_row(&mut padding_row);
    let padding_row = padding_row.iter().map(|cell| cell.as_canonical_u32());
    let table = FieldTable {
        padding_row: padding_row.collect(),
        ..table(filler, shape.n_words)?
    };
    shape.with_table(width, &table)
}

/// The text for chips with so many pointers and blocks.
pub(super) fn shape(n_reads: usize, n_blocks: usize) -> Option<FieldShape> {
    let mut shapes = FieldShape::ALL.into_iter();
    shapes.find(|shape| shape.n_reads == n_reads && shape.n_blocks == n_blocks)
}

/// What the chip computes, without rows that stand for no record.
fn table<A>(filler: &FieldExpressionFiller<A>, n_words: usize) -> Option<FieldTable> {
    let builder = &filler.expr.builder;
    if builder.limb_bits != 8 || builder.num_limbs != 4 * n_words {
        return None;
    }
    let mut numbers = Numbers::new(&builder.prime, n_words)?;
    let steps = program(builder, &mut numbers)?;
    let constraints = constraints(builder, &mut numbers)?;
    // The last opcode is the setup, which has no flag.
    let flags = filler
        .opcode_flag_idx
        .iter()
        .map(|&flag| 1_u32.checked_shl(flag as u32));
    let flags: Option<Vec<u32>> = flags.collect();
    let opcodes = filler.local_opcode_idx.iter().map(|&opcode| opcode as u32);
    Some(FieldTable {
        n_inputs: builder.num_input,
        n_flags: builder.num_flags,
        opcodes: match filler.expr.needs_setup() {
            true => opcodes.zip(flags?).collect(),
            false => vec![],
        },
        prime: numbers.prime(),
        prime_minus_2: numbers.prime_minus_2(),
        one_in_form: numbers.one_in_form(),
        negative_inverse: numbers.negative_inverse(),
        steps,
        constraints,
        numbers: numbers.others(),
        padding_row: vec![],
    })
}

/// The kernel for this chip.
pub(super) fn is_equal_kernel<const BLOCKS: usize, const BYTES: usize>(
    chip: &IsEqualChip<BLOCKS, BYTES>,
) -> TraceKernel {
    let words = chip.inner.modulus_limbs.chunks(BLOCK_SIZE).map(|bytes| {
        let bytes = bytes.iter().rev();
        bytes.fold(0, |word, byte| (word << 8) | u32::from(*byte))
    });
    let words: Vec<u32> = words.collect();
    is_equal(&words)
}
