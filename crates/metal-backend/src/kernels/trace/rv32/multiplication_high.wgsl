// MULH, MULHSU, MULHU (`MulHCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_multiply_adapter(row, at);
    let b = records[at + MULTIPLY_WORDS];
    let c = records[at + MULTIPLY_WORDS + 1u];
    let opcode = byte_of(records[at + MULTIPLY_WORDS + 2u], 0u);
    let b_sign = select(0u, b >> 31u, opcode != 2u);
    let c_sign = select(0u, c >> 31u, opcode == 0u);
    let low = b * c;
    let carries = low_carries(b, c, 0u);
    let high = high_sums(b, c, vec3<u32>(b_sign * 255u, c_sign * 255u, 0u), carries[3]);
    for (var i = 0u; i < 4u; i++) {
        put(MULTIPLY_COLUMNS + i, row, high[i] & 0xffu);
        count_pair(byte_of(low, i), carries[i]);
        count_pair(high[i] & 0xffu, high[i] >> 8u);
    }
    put_bytes(MULTIPLY_COLUMNS + 4u, row, b);
    put_bytes(MULTIPLY_COLUMNS + 8u, row, c);
    put_bytes(MULTIPLY_COLUMNS + 12u, row, low);
    put(MULTIPLY_COLUMNS + 16u, row, b_sign * 255u);
    put(MULTIPLY_COLUMNS + 17u, row, c_sign * 255u);
    put_marker(MULTIPLY_COLUMNS + 18u, row, 3u, opcode);
    if (opcode != 2u) {
        // What is below the sign, moved up where there may be one.
        let b_rest = byte_of(b, 3u) - 128u * b_sign;
        let c_rest = byte_of(c, 3u) - 128u * c_sign;
        count_bytes(b_rest << 1u, c_rest << select(0u, 1u, opcode == 0u));
    }
}
