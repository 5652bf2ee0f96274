// Columns beside an access to memory (upstream's `MemoryBaseAuxCols`): the time of the last access to the same cells, and
// what lies between, less one, in two limbs of which the first has as many bits as the range table.

fn put_access(column: u32, row: u32, previous: u32, timestamp: u32) {
    let between = timestamp - previous - 1u;
    let low = between & ((1u << params.range_max_bits) - 1u);
    let high = between >> params.range_max_bits;
    put(column, row, previous);
    put(column + 1u, row, low);
    put(column + 2u, row, high);
    count_range(low, params.range_max_bits);
    count_range(high, params.timestamp_max_bits - params.range_max_bits);
}

fn put_no_access(column: u32, row: u32) {
    for (var i = 0u; i < 3u; i++) {
        put_element(column + i, row, 0u);
    }
}

// Also the bytes that were there before a write (`MemoryWriteAuxCols`).
fn put_write(column: u32, row: u32, previous: u32, timestamp: u32, previous_bytes: u32) {
    put_access(column, row, previous, timestamp);
    put_bytes(column + 3u, row, previous_bytes);
}

fn put_no_write(column: u32, row: u32) {
    for (var i = 0u; i < 7u; i++) {
        put_element(column + i, row, 0u);
    }
}

// The highest byte of a pointer, moved up as far as it is zero there: a byte still if the pointer is no longer than it may be.
fn pointer_top(pointer: u32) -> u32 {
    return (pointer >> 24u) << (32u - params.pointer_max_bits);
}
