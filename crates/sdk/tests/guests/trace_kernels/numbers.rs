//! Random records of the chips for numbers of 256 bits.

use std::array;

use openvm_bigint_circuit::INT256_NUM_BLOCKS;
use openvm_circuit::arch::DEFAULT_BLOCK_SIZE;
use openvm_rv32_adapters::{
    Rv32VecHeapAdapterExecutor, Rv32VecHeapAdapterRecord, Rv32VecHeapBranchAdapterExecutor,
    Rv32VecHeapBranchAdapterRecord,
};
use openvm_rv32im_circuit::*;
use rand::{rngs::StdRng, Rng};

use super::records::{offset, pc, pointer, read, register, start, word, write, Twins};

const BLOCKS: usize = INT256_NUM_BLOCKS;
const BLOCK: usize = DEFAULT_BLOCK_SIZE;

type AluExecutor = Rv32VecHeapAdapterExecutor<2, BLOCKS, BLOCKS, BLOCK, BLOCK>;
pub type AluRecord = Rv32VecHeapAdapterRecord<2, BLOCKS, BLOCKS, BLOCK, BLOCK>;
type BranchExecutor = Rv32VecHeapBranchAdapterExecutor<2, BLOCKS, BLOCK>;
pub type BranchRecord = Rv32VecHeapBranchAdapterRecord<2, BLOCKS, BLOCK>;

fn alu_adapter(rng: &mut StdRng) -> AluRecord {
    let from_timestamp = start(rng, 27);
    let mut time = from_timestamp..;
    let mut next = || time.next().unwrap();
    AluRecord {
        from_pc: pc(rng),
        from_timestamp,
        rs_ptrs: array::from_fn(|_| register(rng)),
        rd_ptr: register(rng),
        rs_vals: array::from_fn(|_| pointer(rng)),
        rd_val: pointer(rng),
        rs_read_aux: array::from_fn(|_| read(rng, next())),
        rd_read_aux: read(rng, next()),
        reads_aux: array::from_fn(|_| array::from_fn(|_| read(rng, next()))),
        writes_aux: array::from_fn(|_| write(rng, next())),
    }
}

fn branch_adapter(rng: &mut StdRng) -> BranchRecord {
    let from_timestamp = start(rng, 18);
    let mut time = from_timestamp..;
    let mut next = || time.next().unwrap();
    BranchRecord {
        from_pc: pc(rng),
        from_timestamp,
        rs_ptrs: array::from_fn(|_| register(rng)),
        rs_vals: array::from_fn(|_| pointer(rng)),
        rs_read_aux: array::from_fn(|_| read(rng, next())),
        reads_aux: array::from_fn(|_| array::from_fn(|_| read(rng, next()))),
    }
}

/// A number of words that are often at an edge, or all the same.
fn number(rng: &mut StdRng) -> [u8; 32] {
    let same = rng.random_bool(0.3).then(|| word(rng));
    let words: [u32; 8] = array::from_fn(|_| same.unwrap_or_else(|| word(rng)));
    bytemuck::cast(words)
}

/// Two numbers, which are often the same but for a byte, or altogether.
fn operands(rng: &mut StdRng) -> [[u8; 32]; 2] {
    let b = number(rng);
    let mut c = b;
    match rng.random_range(0..4) {
        0 => {}
        1 => c[rng.random_range(0..32)] ^= rng.random::<u8>() | 1,
        _ => c = number(rng),
    }
    [b, c]
}

pub fn base_alu(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<AluExecutor, _, _>(rng, |rng| {
        let [b, c] = operands(rng);
        let local_opcode = rng.random_range(0..5);
        (alu_adapter(rng), BaseAluCoreRecord { b, c, local_opcode })
    });
}

pub fn less_than(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<AluExecutor, _, _>(rng, |rng| {
        let [b, c] = operands(rng);
        let local_opcode = rng.random_range(0..2);
        let core = LessThanCoreRecord::<32, 8> { b, c, local_opcode };
        (alu_adapter(rng), core)
    });
}

pub fn shift(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<AluExecutor, _, _>(rng, |rng| {
        let [b, mut c] = operands(rng);
        c[0] = rng.random();
        let local_opcode = rng.random_range(0..3);
        let core = ShiftCoreRecord::<32, 8> { b, c, local_opcode };
        (alu_adapter(rng), core)
    });
}

pub fn multiplication(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<AluExecutor, _, _>(rng, |rng| {
        let [b, c] = operands(rng);
        let core = MultiplicationCoreRecord::<32, 8> { b, c };
        (alu_adapter(rng), core)
    });
}

pub fn branch_equal(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<BranchExecutor, _, _>(rng, |rng| {
        let [a, b] = operands(rng);
        let core = BranchEqualCoreRecord::<32> {
            a,
            b,
            imm: offset(rng),
            local_opcode: rng.random_range(0..2),
        };
        (branch_adapter(rng), core)
    });
}

pub fn branch_less_than(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<BranchExecutor, _, _>(rng, |rng| {
        let [a, b] = operands(rng);
        let core = BranchLessThanCoreRecord::<32, 8> {
            a,
            b,
            imm: offset(rng),
            local_opcode: rng.random_range(0..4),
        };
        (branch_adapter(rng), core)
    });
}
