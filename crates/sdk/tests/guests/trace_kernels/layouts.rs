//! Words of records are where the kernels read them.

use std::mem::{align_of, offset_of, size_of};

use openvm_circuit::system::{
    memory::offline_checker::{MemoryReadAuxRecord, MemoryWriteBytesAuxRecord},
    phantom::PhantomRecord,
};
use openvm_keccak256_circuit::{keccakf_op::KeccakfRecord, xorin::trace::XorinVmRecordHeader};
use openvm_metal_backend::{bigint, keccak, rv32, TraceKernel};
use openvm_rv32im_circuit::{adapters::*, *};
use openvm_sha2_circuit::Sha2RecordHeader;

use super::numbers::{AluRecord, BranchRecord};

/// Fields of a record lie at these bytes, and it has so many.
macro_rules! assert_layout {
    ($record:ty, $n_bytes:expr, { $($field:ident: $byte:expr),* $(,)? }) => {
        $(assert_eq!(
            offset_of!($record, $field), $byte,
            "{}.{}", stringify!($record), stringify!($field)
        );)*
        assert_eq!(size_of::<$record>(), $n_bytes, "bytes of {}", stringify!($record));
        assert!(align_of::<$record>() <= align_of::<u32>(), "{}", stringify!($record));
    };
}

/// A kernel's records are an adapter's and a core's, which fill whole words.
fn assert_words<A, C>(kernel: TraceKernel) {
    assert_eq!(size_of::<A>() % 4, 0, "{kernel:?}");
    let n_words = size_of::<A>() / 4 + size_of::<C>().div_ceil(4);
    assert_eq!(n_words, kernel.record_words(), "{kernel:?}");
}

#[test]
fn adapters_are_upstreams() {
    assert_layout!(MemoryReadAuxRecord, 4, { prev_timestamp: 0 });
    assert_layout!(MemoryWriteBytesAuxRecord<4>, 8, { prev_timestamp: 0, prev_data: 4 });
    assert_layout!(Rv32BaseAluAdapterRecord, 40, {
        from_pc: 0, from_timestamp: 4, rd_ptr: 8, rs1_ptr: 12, rs2: 16, rs2_as: 20, reads_aux: 24, writes_aux: 32,
    });
    assert_layout!(Rv32BranchAdapterRecord, 24, {
        from_pc: 0, from_timestamp: 4, rs1_ptr: 8, rs2_ptr: 12, reads_aux: 16,
    });
    assert_layout!(Rv32RdWriteAdapterRecord, 20, {
        from_pc: 0, from_timestamp: 4, rd_ptr: 8, rd_aux_record: 12,
    });
    assert_layout!(Rv32JalrAdapterRecord, 28, {
        from_pc: 0, from_timestamp: 4, rs1_ptr: 8, rd_ptr: 12, reads_aux: 16, writes_aux: 20,
    });
    assert_layout!(Rv32LoadStoreAdapterRecord, 36, {
        from_pc: 0, from_timestamp: 4, rs1_ptr: 8, rs1_val: 12, rs1_aux_record: 16, rd_rs2_ptr: 20,
        read_data_aux: 24, imm: 28, imm_sign: 30, mem_as: 31, write_prev_timestamp: 32,
    });
    assert_layout!(Rv32MultAdapterRecord, 36, {
        from_pc: 0, from_timestamp: 4, rd_ptr: 8, rs1_ptr: 12, rs2_ptr: 16, reads_aux: 20, writes_aux: 28,
    });
}

#[test]
fn cores_are_upstreams() {
    assert_layout!(BaseAluCoreRecord<4>, 12, { b: 0, c: 4, local_opcode: 8 });
    assert_layout!(LessThanCoreRecord<4, 8>, 9, { b: 0, c: 4, local_opcode: 8 });
    assert_layout!(ShiftCoreRecord<4, 8>, 9, { b: 0, c: 4, local_opcode: 8 });
    assert_layout!(BranchEqualCoreRecord<4>, 16, { a: 0, b: 4, imm: 8, local_opcode: 12 });
    assert_layout!(BranchLessThanCoreRecord<4, 8>, 16, { a: 0, b: 4, imm: 8, local_opcode: 12 });
    assert_layout!(Rv32JalLuiCoreRecord, 12, { imm: 0, rd_data: 4, is_jal: 8 });
    assert_layout!(Rv32JalrCoreRecord, 16, { imm: 0, from_pc: 4, rs1_val: 8, imm_sign: 12 });
    assert_layout!(Rv32AuipcCoreRecord, 8, { from_pc: 0, imm: 4 });
    assert_layout!(LoadStoreCoreRecord<4>, 24, {
        local_opcode: 0, shift_amount: 1, read_data: 2, prev_data: 8,
    });
    assert_layout!(LoadSignExtendCoreRecord<4>, 10, {
        is_byte: 0, shift_amount: 1, read_data: 2, prev_data: 6,
    });
    assert_layout!(MultiplicationCoreRecord<4, 8>, 8, { b: 0, c: 4 });
    assert_layout!(MulHCoreRecord<4, 8>, 9, { b: 0, c: 4, local_opcode: 8 });
    assert_layout!(DivRemCoreRecord<4>, 9, { b: 0, c: 4, local_opcode: 8 });
}

#[test]
fn others_are_upstreams() {
    assert_layout!(PhantomRecord, 20, { pc: 0, operands: 4, timestamp: 16 });
    assert_layout!(Rv32HintStoreRecordHeader, 32, {
        num_words: 0, from_pc: 4, timestamp: 8, mem_ptr_ptr: 12, mem_ptr: 16, mem_ptr_aux_record: 20,
        num_words_ptr: 24, num_words_read: 28,
    });
    assert_layout!(Rv32HintStoreVar, 12, { data_write_aux: 0, data: 8 });
}

#[test]
fn records_have_the_words_that_kernels_read() {
    assert_words::<Rv32BaseAluAdapterRecord, BaseAluCoreRecord<4>>(rv32::BASE_ALU);
    assert_words::<Rv32BaseAluAdapterRecord, LessThanCoreRecord<4, 8>>(rv32::LESS_THAN);
    assert_words::<Rv32BaseAluAdapterRecord, ShiftCoreRecord<4, 8>>(rv32::SHIFT);
    assert_words::<Rv32BranchAdapterRecord, BranchEqualCoreRecord<4>>(rv32::BRANCH_EQUAL);
    assert_words::<Rv32BranchAdapterRecord, BranchLessThanCoreRecord<4, 8>>(rv32::BRANCH_LESS_THAN);
    assert_words::<Rv32RdWriteAdapterRecord, Rv32JalLuiCoreRecord>(rv32::JAL_LUI);
    assert_words::<Rv32JalrAdapterRecord, Rv32JalrCoreRecord>(rv32::JALR);
    assert_words::<Rv32RdWriteAdapterRecord, Rv32AuipcCoreRecord>(rv32::AUIPC);
    assert_words::<Rv32LoadStoreAdapterRecord, LoadStoreCoreRecord<4>>(rv32::LOAD_STORE);
    assert_words::<Rv32LoadStoreAdapterRecord, LoadSignExtendCoreRecord<4>>(rv32::LOAD_SIGN_EXTEND);
    assert_words::<Rv32MultAdapterRecord, MultiplicationCoreRecord<4, 8>>(rv32::MULTIPLICATION);
    assert_words::<Rv32MultAdapterRecord, MulHCoreRecord<4, 8>>(rv32::MULTIPLICATION_HIGH);
    assert_words::<Rv32MultAdapterRecord, DivRemCoreRecord<4>>(rv32::DIVIDE_REMAINDER);
    assert_words::<PhantomRecord, ()>(rv32::PHANTOM);
}

#[test]
fn hashes_are_upstreams() {
    assert_layout!(XorinVmRecordHeader, 860, {
        from_pc: 0, timestamp: 4, rd_ptr: 8, rs1_ptr: 12, rs2_ptr: 16, buffer: 20, input: 24, len: 28,
        buffer_limbs: 32, input_limbs: 168, register_aux_cols: 304, input_read_aux_cols: 316,
        buffer_read_aux_cols: 452, buffer_write_aux_cols: 588,
    });
    assert_layout!(KeccakfRecord, 420, {
        pc: 0, timestamp: 4, rd_ptr: 8, buffer_ptr: 12, rd_aux: 16, buffer_word_aux: 20,
        preimage_buffer_bytes: 220,
    });
    assert_layout!(Sha2RecordHeader, 48, {
        variant: 0, from_pc: 4, timestamp: 8, dst_reg_ptr: 12, state_reg_ptr: 16, input_reg_ptr: 20,
        dst_ptr: 24, state_ptr: 28, input_ptr: 32, register_reads_aux: 36,
    });
    assert_words::<XorinVmRecordHeader, ()>(keccak::XOR_IN);
    assert_words::<KeccakfRecord, ()>(keccak::PERMUTATION_CALL);
}

#[test]
fn numbers_are_upstreams() {
    assert_layout!(AluRecord, 172, {
        from_pc: 0, from_timestamp: 4, rs_ptrs: 8, rd_ptr: 16, rs_vals: 20, rd_val: 28, rs_read_aux: 32,
        rd_read_aux: 40, reads_aux: 44, writes_aux: 108,
    });
    assert_layout!(BranchRecord, 96, {
        from_pc: 0, from_timestamp: 4, rs_ptrs: 8, rs_vals: 16, rs_read_aux: 24, reads_aux: 32,
    });
    assert_layout!(BaseAluCoreRecord<32>, 68, { b: 0, c: 32, local_opcode: 64 });
    assert_layout!(LessThanCoreRecord<32, 8>, 65, { b: 0, c: 32, local_opcode: 64 });
    assert_layout!(ShiftCoreRecord<32, 8>, 65, { b: 0, c: 32, local_opcode: 64 });
    assert_layout!(MultiplicationCoreRecord<32, 8>, 64, { b: 0, c: 32 });
    assert_layout!(BranchEqualCoreRecord<32>, 72, { a: 0, b: 32, imm: 64, local_opcode: 68 });
    assert_layout!(BranchLessThanCoreRecord<32, 8>, 72, { a: 0, b: 32, imm: 64, local_opcode: 68 });
    assert_words::<AluRecord, BaseAluCoreRecord<32>>(bigint::BASE_ALU);
    assert_words::<AluRecord, LessThanCoreRecord<32, 8>>(bigint::LESS_THAN);
    assert_words::<AluRecord, ShiftCoreRecord<32, 8>>(bigint::SHIFT);
    assert_words::<AluRecord, MultiplicationCoreRecord<32, 8>>(bigint::MULTIPLICATION);
    assert_words::<BranchRecord, BranchEqualCoreRecord<32>>(bigint::BRANCH_EQUAL);
    assert_words::<BranchRecord, BranchLessThanCoreRecord<32, 8>>(bigint::BRANCH_LESS_THAN);
}
