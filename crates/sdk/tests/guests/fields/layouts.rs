//! Words of records are where the kernels read them.

use std::mem::{offset_of, size_of};

use openvm_algebra_circuit::modular_chip::ModularIsEqualRecord;
use openvm_metal_backend::fields::{is_equal_kernel, FieldShape};
use openvm_rv32_adapters::{Rv32IsEqualModAdapterRecord, Rv32VecHeapAdapterRecord};

/// The adapter's fields follow each other, and the core's bytes are an opcode and what was read.
fn expression_words<const R: usize, const B: usize>() {
    type Record<const R: usize, const B: usize> = Rv32VecHeapAdapterRecord<R, B, B, 4, 4>;
    let fields = [
        offset_of!(Record<R, B>, from_pc),
        offset_of!(Record<R, B>, from_timestamp),
        offset_of!(Record<R, B>, rs_ptrs),
        offset_of!(Record<R, B>, rd_ptr),
        offset_of!(Record<R, B>, rs_vals),
        offset_of!(Record<R, B>, rd_val),
        offset_of!(Record<R, B>, rs_read_aux),
        offset_of!(Record<R, B>, rd_read_aux),
        offset_of!(Record<R, B>, reads_aux),
        offset_of!(Record<R, B>, writes_aux),
        size_of::<Record<R, B>>(),
    ];
    let words = [1, 1, R, 1, R, 1, R, 1, R * B, 2 * B];
    for (ends, n_words) in fields.windows(2).zip(words) {
        assert_eq!(ends[1] - ends[0], 4 * n_words, "{R} x {B}: {fields:?}");
    }
    let mut shapes = FieldShape::ALL.iter();
    let shape = shapes.find(|shape| (shape.n_reads, shape.n_blocks) == (R, B));
    let n_words = size_of::<Record<R, B>>() / 4 + (1 + 4 * R * B).div_ceil(4);
    assert_eq!(shape.unwrap().kernel().record_words(), n_words);
}

#[test]
fn expressions_are_upstreams() {
    expression_words::<2, 8>();
    expression_words::<2, 12>();
    expression_words::<2, 16>();
    expression_words::<2, 24>();
    expression_words::<1, 16>();
    expression_words::<1, 24>();
}

fn is_equal_words<const B: usize, const BYTES: usize>() {
    type Record<const B: usize, const BYTES: usize> = Rv32IsEqualModAdapterRecord<2, B, 4, BYTES>;
    let fields = [
        offset_of!(Record<B, BYTES>, from_pc),
        offset_of!(Record<B, BYTES>, timestamp),
        offset_of!(Record<B, BYTES>, rs_ptr),
        offset_of!(Record<B, BYTES>, rs_val),
        offset_of!(Record<B, BYTES>, rs_read_aux),
        offset_of!(Record<B, BYTES>, heap_read_aux),
        offset_of!(Record<B, BYTES>, rd_ptr),
        offset_of!(Record<B, BYTES>, writes_aux),
        size_of::<Record<B, BYTES>>(),
    ];
    let words = [1, 1, 2, 2, 2, 2 * B, 1, 2];
    for (ends, n_words) in fields.windows(2).zip(words) {
        assert_eq!(ends[1] - ends[0], 4 * n_words, "{B}: {fields:?}");
    }
    type Core<const BYTES: usize> = ModularIsEqualRecord<BYTES>;
    let core = [
        offset_of!(Core<BYTES>, is_setup),
        offset_of!(Core<BYTES>, b),
        offset_of!(Core<BYTES>, c),
        size_of::<Core<BYTES>>(),
    ];
    assert_eq!(core, [0, 1, 1 + BYTES, 1 + 2 * BYTES]);
    let n_words = size_of::<Record<B, BYTES>>() / 4 + (1 + 2 * BYTES).div_ceil(4);
    assert_eq!(is_equal_kernel(BYTES / 4).record_words(), n_words);
}

#[test]
fn comparisons_are_upstreams() {
    is_equal_words::<8, 32>();
    is_equal_words::<12, 48>();
}
