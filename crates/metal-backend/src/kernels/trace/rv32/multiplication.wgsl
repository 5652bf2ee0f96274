// MUL (`MultiplicationCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_multiply_adapter(row, at);
    let b = records[at + MULTIPLY_WORDS];
    let c = records[at + MULTIPLY_WORDS + 1u];
    let a = b * c;
    let carries = low_carries(b, c, 0u);
    put_bytes(MULTIPLY_COLUMNS, row, a);
    put_bytes(MULTIPLY_COLUMNS + 4u, row, b);
    put_bytes(MULTIPLY_COLUMNS + 8u, row, c);
    put_flag(MULTIPLY_COLUMNS + 12u, row, true);
    for (var i = 0u; i < 4u; i++) {
        count_pair(byte_of(a, i), carries[i]);
    }
}
