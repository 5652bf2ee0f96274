// SLL, SRL, SRA (`ShiftCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_alu_adapter(row, at);
    let b = records[at + ALU_WORDS];
    let c = records[at + ALU_WORDS + 1u];
    let opcode = byte_of(records[at + ALU_WORDS + 2u], 0u);
    let is_left = opcode == 0u;
    let is_arithmetic = opcode == 2u;
    let shift = c & 31u;
    let bit_shift = shift & 7u;
    var a = b << shift;
    if (!is_left) {
        a = select(b >> shift, u32(i32(b) >> shift), is_arithmetic);
    }
    put_bytes(ALU_COLUMNS, row, a);
    put_bytes(ALU_COLUMNS + 4u, row, b);
    put_bytes(ALU_COLUMNS + 8u, row, c);
    put_marker(ALU_COLUMNS + 12u, row, 3u, opcode);
    let multiplier = 1u << bit_shift;
    put(ALU_COLUMNS + 15u, row, select(0u, multiplier, is_left));
    put(ALU_COLUMNS + 16u, row, select(multiplier, 0u, is_left));
    put_flag(ALU_COLUMNS + 17u, row, is_arithmetic && (b >> 31u) == 1u);
    put_marker(ALU_COLUMNS + 18u, row, 8u, bit_shift);
    put_marker(ALU_COLUMNS + 26u, row, 4u, shift >> 3u);

    count_word(a);
    count_range(byte_of(c, 0u) >> 5u, 3u);
    if (is_arithmetic) {
        count_xor(byte_of(b, 3u), 128u);
    }
    // What of each byte goes over to the next one.
    for (var i = 0u; i < 4u; i++) {
        let byte = byte_of(b, i);
        let carry = select(byte & (multiplier - 1u), byte >> (8u - bit_shift), is_left);
        put(ALU_COLUMNS + 30u + i, row, carry);
        count_range(carry, bit_shift);
    }
}
