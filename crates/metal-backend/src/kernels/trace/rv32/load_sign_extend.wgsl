// LOADB, LOADH (`LoadSignExtendCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_load_store_adapter(row, at);
    let head = records[at + LOAD_STORE_WORDS];
    let middle = records[at + LOAD_STORE_WORDS + 1u];
    let is_byte = byte_of(head, 0u) == 1u;
    let shift = byte_of(head, 1u);
    let read = (head >> 16u) | (middle << 16u);
    let previous = (middle >> 16u) | (records[at + LOAD_STORE_WORDS + 2u] << 16u);
    let top = byte_of(read, select(shift + 1u, shift, is_byte));
    put_flag(LOAD_STORE_COLUMNS, row, is_byte && (shift & 1u) == 0u);
    put_flag(LOAD_STORE_COLUMNS + 1u, row, is_byte && (shift & 1u) == 1u);
    put_flag(LOAD_STORE_COLUMNS + 2u, row, !is_byte);
    put_flag(LOAD_STORE_COLUMNS + 3u, row, (shift & 2u) == 2u);
    put_flag(LOAD_STORE_COLUMNS + 4u, row, top >= 128u);
    put_bytes(LOAD_STORE_COLUMNS + 5u, row, select(read, (read >> 16u) | (read << 16u), (shift & 2u) == 2u));
    put_bytes(LOAD_STORE_COLUMNS + 9u, row, previous);
    count_range(top & 127u, 7u);
}
