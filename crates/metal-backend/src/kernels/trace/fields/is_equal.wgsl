// Whether two numbers are equal, which are below the modulus (`ModularIsEqualRecord`: a byte that says whether this is the
// setup, and both numbers' bytes). The table is the modulus.

const N_BYTES: u32 = 4u * N_WORDS;

fn core_byte(at: u32, i: u32) -> u32 {
    return byte_of(records[at + (i >> 2u)], i & 3u);
}

fn modulus_byte(i: u32) -> u32 {
    return byte_of(table[i >> 2u], i & 3u);
}

// The highest byte in which a number differs from the modulus, or N_BYTES; `first` is its place in the record.
fn differing_byte(at: u32, first: u32) -> u32 {
    for (var i = N_BYTES; i > 0u; i--) {
        if (core_byte(at, first + i - 1u) != modulus_byte(i - 1u)) {
            return i - 1u;
        }
    }
    return N_BYTES;
}

fn fill_row(row: u32, at: u32) {
    fill_equal_adapter(row, at);
    let core = at + EQUAL_WORDS;
    let is_setup = core_byte(core, 0u) == 1u;
    let b = 1u;
    let c = b + N_BYTES;
    put_flag(EQUAL_COLUMNS, row, true);
    put_flag(EQUAL_COLUMNS + 1u, row, is_setup);
    var is_equal = true;
    let markers = EQUAL_COLUMNS + 3u + 2u * N_BYTES;
    for (var i = 0u; i < N_BYTES; i++) {
        let b_element = to_field(core_byte(core, b + i));
        let c_element = to_field(core_byte(core, c + i));
        put_element(EQUAL_COLUMNS + 2u + i, row, b_element);
        put_element(EQUAL_COLUMNS + 2u + N_BYTES + i, row, c_element);
        var marker = 0u;
        if (is_equal && b_element != c_element) {
            is_equal = false;
            marker = fp_inverse(fp_sub(b_element, c_element));
        }
        put_element(markers + i, row, marker);
    }
    put_flag(markers - 1u, row, is_equal);

    let b_place = differing_byte(core, b);
    let c_place = differing_byte(core, c);
    let mark = select(2u, 1u, b_place == c_place);
    for (var i = 0u; i < N_BYTES; i++) {
        put(markers + N_BYTES + i, row, select(select(0u, mark, i == c_place), 1u, i == b_place));
    }
    let c_difference = modulus_byte(c_place) - core_byte(core, c + c_place);
    var b_difference = 0u;
    if (!is_setup) {
        b_difference = modulus_byte(b_place) - core_byte(core, b + b_place);
        count_bytes(b_difference - 1u, c_difference - 1u);
    }
    put(markers + 2u * N_BYTES, row, b_difference);
    put(markers + 2u * N_BYTES + 1u, row, c_difference);
    put(markers + 2u * N_BYTES + 2u, row, mark);
}
