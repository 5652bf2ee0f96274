// MUL (`MultiplicationCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_adapter(row, at);
    var carry = 0u;
    for (var i = 0u; i < N_BYTES; i++) {
        for (var j = 0u; j <= i; j++) {
            carry += number_byte(at + FIRST_NUMBER, j) * number_byte(at + SECOND_NUMBER, i - j);
        }
        let byte = carry & 0xffu;
        carry >>= 8u;
        put(ADAPTER_COLUMNS + i, row, byte);
        count_pair(byte, carry);
    }
    put_number(ADAPTER_COLUMNS + 32u, row, at + FIRST_NUMBER);
    put_number(ADAPTER_COLUMNS + 64u, row, at + SECOND_NUMBER);
    put_flag(ADAPTER_COLUMNS + 96u, row, true);
}
