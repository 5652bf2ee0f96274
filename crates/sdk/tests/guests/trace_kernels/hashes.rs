//! Random records of the chips for keccak and SHA-2.

use std::array;

use openvm_circuit::arch::{MultiRowLayout, RecordArena};
use openvm_keccak256_circuit::{
    keccakf_op::{KeccakfMetadata, KeccakfRecord},
    xorin::trace::{XorinVmMetadata, XorinVmRecordHeader, XorinVmRecordMut},
};
use openvm_sha2_air::{Sha256Config, Sha512Config};
use openvm_sha2_circuit::{Sha2Config, Sha2Metadata, Sha2RecordHeader, Sha2RecordMut};
use rand::{rngs::StdRng, Rng};

use super::records::{pc, pointer, read, register, start, write, Twins};

/// Bytes, often all the same ones.
fn fill(bytes: &mut [u8], rng: &mut StdRng) {
    match rng.random_range(0..4) {
        0 => bytes.fill(0),
        1 => bytes.fill(0xff),
        _ => rng.fill(bytes),
    }
}

fn bytes<const N: usize>(rng: &mut StdRng) -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes, rng);
    bytes
}

pub fn xor_in(twins: &mut Twins, rng: &mut StdRng) {
    let n_words = [0, 1, 17, 33, 34][rng.random_range(0..5)];
    let timestamp = start(rng, 3 + 3 * n_words);
    let mut time = timestamp..;
    let mut next = || time.next().unwrap();
    let used = |i: usize| i < n_words as usize;
    let header = XorinVmRecordHeader {
        from_pc: pc(rng),
        timestamp,
        rd_ptr: register(rng),
        rs1_ptr: register(rng),
        rs2_ptr: register(rng),
        buffer: pointer(rng),
        input: pointer(rng),
        len: 4 * n_words,
        buffer_limbs: bytes(rng),
        input_limbs: bytes(rng),
        register_aux_cols: array::from_fn(|_| read(rng, next())),
        buffer_read_aux_cols: array::from_fn(|i| read(rng, if used(i) { next() } else { 1 })),
        input_read_aux_cols: array::from_fn(|i| read(rng, if used(i) { next() } else { 1 })),
        buffer_write_aux_cols: array::from_fn(|i| write(rng, if used(i) { next() } else { 1 })),
    };
    let layout = || MultiRowLayout::new(XorinVmMetadata {});
    let record: XorinVmRecordMut<'_> = twins.host.alloc(layout());
    *record.inner = header.clone();
    let record: XorinVmRecordMut<'_> = twins.device.alloc(layout());
    *record.inner = header;
}

pub fn permutation_call(twins: &mut Twins, rng: &mut StdRng) {
    let timestamp = start(rng, 51);
    let mut time = timestamp + 1..;
    let call = KeccakfRecord {
        pc: pc(rng),
        timestamp,
        rd_ptr: register(rng),
        buffer_ptr: pointer(rng),
        rd_aux: read(rng, timestamp),
        buffer_word_aux: array::from_fn(|_| read(rng, time.next().unwrap())),
        preimage_buffer_bytes: bytes(rng),
    };
    let layout = || MultiRowLayout::new(KeccakfMetadata);
    let record: &mut KeccakfRecord = twins.host.alloc(layout());
    *record = call.clone();
    let record: &mut KeccakfRecord = twins.device.alloc(layout());
    *record = call;
}

fn hash_block<'a, C: Sha2Config>(
    arena: &'a mut impl RecordArena<'a, MultiRowLayout<Sha2Metadata>, Sha2RecordMut<'a>>,
    rng: &mut StdRng,
) {
    let variant = C::VARIANT;
    let record = arena.alloc(MultiRowLayout::new(Sha2Metadata { variant }));
    let n_accesses = 3 + record.input_reads_aux.len() + 2 * record.write_aux.len();
    let timestamp = start(rng, n_accesses as u32);
    let mut time = timestamp..;
    let mut next = || time.next().unwrap();
    *record.inner = Sha2RecordHeader {
        variant,
        from_pc: pc(rng),
        timestamp,
        dst_reg_ptr: register(rng),
        state_reg_ptr: register(rng),
        input_reg_ptr: register(rng),
        dst_ptr: pointer(rng),
        state_ptr: pointer(rng),
        input_ptr: pointer(rng),
        register_reads_aux: array::from_fn(|_| read(rng, next())),
    };
    fill(record.message_bytes, rng);
    fill(record.prev_state, rng);
    record.new_state.copy_from_slice(record.prev_state);
    C::compress(record.new_state, record.message_bytes);
    let reads = record.input_reads_aux.iter_mut();
    for aux in reads.chain(record.state_reads_aux) {
        *aux = read(rng, next());
    }
    for aux in record.write_aux {
        *aux = write(rng, next());
    }
}

pub fn block_256(twins: &mut Twins, rng: &mut StdRng) {
    hash_block::<Sha256Config>(&mut twins.host, &mut rng.clone());
    hash_block::<Sha256Config>(&mut twins.device, rng);
}

pub fn block_512(twins: &mut Twins, rng: &mut StdRng) {
    hash_block::<Sha512Config>(&mut twins.host, &mut rng.clone());
    hash_block::<Sha512Config>(&mut twins.device, rng);
}
