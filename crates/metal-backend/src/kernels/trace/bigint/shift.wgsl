// SLL, SRL, SRA (`ShiftCoreRecord`).

// Word number i of the number at `at`, or `filler` beyond it.
fn word_or(at: u32, i: u32, filler: u32) -> u32 {
    if (i < N_WORDS) {
        return records[at + i];
    }
    return filler;
}

fn fill_row(row: u32, at: u32) {
    fill_adapter(row, at);
    let number = at + FIRST_NUMBER;
    let opcode = byte_of(records[at + BEHIND_NUMBERS], 0u);
    let shift = byte_of(records[at + SECOND_NUMBER], 0u);
    let is_left = opcode == 0u;
    let is_negative = opcode == 2u && (records[number + N_WORDS - 1u] >> 31u) == 1u;
    let filler = select(0u, 0xffffffffu, is_negative);
    let words = shift >> 5u;
    let bits = shift & 31u;
    for (var i = 0u; i < N_WORDS; i++) {
        // Places below the lowest are large numbers, too. Shifts stay below 32.
        var a = word_or(number, i - words, 0u) << bits;
        a |= (word_or(number, i - words - 1u, 0u) >> 1u) >> (31u - bits);
        if (!is_left) {
            a = word_or(number, i + words, filler) >> bits;
            a |= (word_or(number, i + words + 1u, filler) << 1u) << (31u - bits);
        }
        put_bytes(ADAPTER_COLUMNS + 4u * i, row, a);
        count_word(a);
    }
    put_number(ADAPTER_COLUMNS + 32u, row, number);
    put_number(ADAPTER_COLUMNS + 64u, row, at + SECOND_NUMBER);
    put_marker(ADAPTER_COLUMNS + 96u, row, 3u, opcode);
    let bit_shift = shift & 7u;
    let multiplier = 1u << bit_shift;
    put(ADAPTER_COLUMNS + 99u, row, select(0u, multiplier, is_left));
    put(ADAPTER_COLUMNS + 100u, row, select(multiplier, 0u, is_left));
    put_flag(ADAPTER_COLUMNS + 101u, row, is_negative);
    put_marker(ADAPTER_COLUMNS + 102u, row, 8u, bit_shift);
    put_marker(ADAPTER_COLUMNS + 110u, row, N_BYTES, shift >> 3u);

    // Nothing is above the bits of a shift.
    count_range(0u, 0u);
    if (opcode == 2u) {
        count_xor(number_byte(number, N_BYTES - 1u), 128u);
    }
    // What of each byte goes over to the next one.
    for (var i = 0u; i < N_BYTES; i++) {
        let byte = number_byte(number, i);
        let carry = select(byte & (multiplier - 1u), byte >> (8u - bit_shift), is_left);
        put(ADAPTER_COLUMNS + 142u + i, row, carry);
        count_range(carry, bit_shift);
    }
}
