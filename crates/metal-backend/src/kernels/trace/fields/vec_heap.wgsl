// N_READS pointers to what is read and one to what is written, of N_BLOCKS times four bytes each
// (`Rv32VecHeapAdapterRecord`).

const VEC_HEAP_WORDS: u32 = 5u + 3u * N_READS + N_READS * N_BLOCKS + 2u * N_BLOCKS;
const VEC_HEAP_COLUMNS: u32 = 10u + 8u * N_READS + (3u * N_READS + 7u) * N_BLOCKS;

// The highest byte of a pointer, so far up that it is a byte only if the pointer is in memory.
fn heap_pointer_top(pointer: u32) -> u32 {
    return (pointer >> 24u) << (32u - params.pointer_max_bits);
}

fn fill_vec_heap(row: u32, at: u32) {
    var timestamp = records[at + 1u];
    // pc, timestamp, the registers
    for (var i = 0u; i < 3u + N_READS; i++) {
        put(i, row, records[at + i]);
    }
    var word = at + 3u + N_READS;
    var column = 3u + N_READS;
    let written = records[word + N_READS];
    if (N_READS == 2u) {
        count_bytes(heap_pointer_top(records[word]), heap_pointer_top(records[word + 1u]));
        count_bytes(heap_pointer_top(written), heap_pointer_top(written));
    } else {
        count_bytes(heap_pointer_top(records[word]), heap_pointer_top(written));
    }
    for (var i = 0u; i < N_READS + 1u; i++) {
        put_bytes(column, row, records[word]);
        word += 1u;
        column += 4u;
    }
    for (var i = 0u; i < (N_READS + 1u) + N_READS * N_BLOCKS; i++) {
        put_access(column, row, records[word], timestamp);
        word += 1u;
        column += 3u;
        timestamp += 1u;
    }
    for (var i = 0u; i < N_BLOCKS; i++) {
        put_write(column, row, records[word], timestamp, records[word + 1u]);
        word += 2u;
        column += 7u;
        timestamp += 1u;
    }
}
