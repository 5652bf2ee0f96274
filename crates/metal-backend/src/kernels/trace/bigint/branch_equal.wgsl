// BEQ, BNE (`BranchEqualCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_adapter(row, at);
    // Where they differ first, the inverse of the difference.
    var place = 0u;
    for (; place < N_BYTES; place++) {
        if (number_byte(at + FIRST_NUMBER, place) != number_byte(at + SECOND_NUMBER, place)) {
            break;
        }
    }
    let is_equal = place == N_BYTES;
    var inverse = 0u;
    if (!is_equal) {
        let a = to_field(number_byte(at + FIRST_NUMBER, place));
        let b = to_field(number_byte(at + SECOND_NUMBER, place));
        inverse = fp_inverse(fp_sub(a, b));
    }
    let opcode = byte_of(records[at + BEHIND_NUMBERS + 1u], 0u);
    put_number(ADAPTER_COLUMNS, row, at + FIRST_NUMBER);
    put_number(ADAPTER_COLUMNS + 32u, row, at + SECOND_NUMBER);
    put_flag(ADAPTER_COLUMNS + 64u, row, is_equal == (opcode == 0u));
    put(ADAPTER_COLUMNS + 65u, row, records[at + BEHIND_NUMBERS]);
    put_marker(ADAPTER_COLUMNS + 66u, row, 2u, opcode);
    for (var i = 0u; i < N_BYTES; i++) {
        put_element(ADAPTER_COLUMNS + 68u + i, row, select(0u, inverse, i == place));
    }
}
