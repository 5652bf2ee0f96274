// DIV, DIVU, REM, REMU (`DivRemCoreRecord`).

struct Division {
    quotient: u32,
    remainder: u32,
    is_quotient_negative: bool,
    // Neither a division by zero, nor of the least number by -1.
    is_regular: bool,
}

fn divide(b: u32, c: u32, is_signed: bool) -> Division {
    if (c == 0u) {
        return Division(0xffffffffu, b, is_signed, false);
    }
    if (is_signed && b == 0x80000000u && c == 0xffffffffu) {
        return Division(b, 0u, false, false);
    }
    let is_b_negative = is_signed && (b >> 31u) == 1u;
    let is_c_negative = is_signed && (c >> 31u) == 1u;
    let b_size = select(b, 0u - b, is_b_negative);
    let c_size = select(c, 0u - c, is_c_negative);
    let q_size = b_size / c_size;
    let r_size = b_size - q_size * c_size;
    let q = select(q_size, 0u - q_size, is_b_negative != is_c_negative);
    let r = select(r_size, 0u - r_size, is_b_negative);
    return Division(q, r, is_signed && (q >> 31u) == 1u, true);
}

// The inverse of the sum of a word's bytes, 0 for 0.
fn inverse_of_sum(word: u32) -> u32 {
    let sum = byte_of(word, 0u) + byte_of(word, 1u) + byte_of(word, 2u) + byte_of(word, 3u);
    return fp_inverse(to_field(sum));
}

fn sign_byte(word: u32, is_signed: bool) -> u32 {
    return select(0u, (word >> 31u) * 255u, is_signed);
}

fn fill_row(row: u32, at: u32) {
    fill_multiply_adapter(row, at);
    let b = records[at + MULTIPLY_WORDS];
    let c = records[at + MULTIPLY_WORDS + 1u];
    let opcode = byte_of(records[at + MULTIPLY_WORDS + 2u], 0u);
    let is_signed = (opcode & 1u) == 0u;
    let division = divide(b, c, is_signed);
    let q = division.quotient;
    let r = division.remainder;
    let b_sign = select(0u, b >> 31u, is_signed);
    let c_sign = select(0u, c >> 31u, is_signed);
    let is_r_zero = r == 0u && c != 0u;
    put_bytes(MULTIPLY_COLUMNS, row, b);
    put_bytes(MULTIPLY_COLUMNS + 4u, row, c);
    put_bytes(MULTIPLY_COLUMNS + 8u, row, q);
    put_bytes(MULTIPLY_COLUMNS + 12u, row, r);
    put_flag(MULTIPLY_COLUMNS + 16u, row, c == 0u);
    put_flag(MULTIPLY_COLUMNS + 17u, row, is_r_zero);
    put(MULTIPLY_COLUMNS + 18u, row, b_sign);
    put(MULTIPLY_COLUMNS + 19u, row, c_sign);
    put_flag(MULTIPLY_COLUMNS + 20u, row, division.is_quotient_negative);
    put(MULTIPLY_COLUMNS + 21u, row, b_sign ^ c_sign);
    put_element(MULTIPLY_COLUMNS + 22u, row, inverse_of_sum(c));
    put_element(MULTIPLY_COLUMNS + 23u, row, inverse_of_sum(r));

    // The remainder with the divisor's sign, and the highest byte in which it differs from that.
    let r_prime = select(r, 0u - r, b_sign != c_sign);
    put_bytes(MULTIPLY_COLUMNS + 24u, row, r_prime);
    for (var i = 0u; i < 4u; i++) {
        let inverse = fp_inverse(fp_sub(to_field(byte_of(r_prime, i)), to_field(256u)));
        put_element(MULTIPLY_COLUMNS + 28u + i, row, inverse);
    }
    var place = 4u;
    var difference = 0u;
    if (division.is_regular && !is_r_zero) {
        place = firstLeadingBit(c ^ r_prime) >> 3u;
        let bytes = vec2<u32>(byte_of(c, place), byte_of(r_prime, place));
        difference = max(bytes.x, bytes.y) - min(bytes.x, bytes.y);
        count_bytes(difference - 1u, 0u);
    }
    put_marker(MULTIPLY_COLUMNS + 32u, row, 4u, place);
    put(MULTIPLY_COLUMNS + 36u, row, difference);
    put_marker(MULTIPLY_COLUMNS + 37u, row, 4u, opcode);

    let carries = low_carries(c, q, r);
    let q_byte = select(0u, 255u, division.is_quotient_negative);
    let extensions = vec3<u32>(sign_byte(c, is_signed), q_byte, sign_byte(r, is_signed));
    let high = high_sums(c, q, extensions, carries[3]);
    for (var i = 0u; i < 4u; i++) {
        count_pair(byte_of(q, i), carries[i]);
        count_pair(byte_of(r, i), high[i] >> 8u);
    }
    if (is_signed) {
        count_bytes((byte_of(b, 3u) - 128u * b_sign) << 1u, (byte_of(c, 3u) - 128u * c_sign) << 1u);
    }
}
