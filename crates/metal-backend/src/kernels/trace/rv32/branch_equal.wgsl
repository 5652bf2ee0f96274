// BEQ, BNE (`BranchEqualCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_branch_adapter(row, at);
    let a = records[at + BRANCH_WORDS];
    let b = records[at + BRANCH_WORDS + 1u];
    let opcode = byte_of(records[at + BRANCH_WORDS + 3u], 0u);
    put_bytes(BRANCH_COLUMNS, row, a);
    put_bytes(BRANCH_COLUMNS + 4u, row, b);
    put_flag(BRANCH_COLUMNS + 8u, row, (a == b) == (opcode == 0u));
    put(BRANCH_COLUMNS + 9u, row, records[at + BRANCH_WORDS + 2u]);
    put_marker(BRANCH_COLUMNS + 10u, row, 2u, opcode);

    // Where they differ first, the inverse of the difference.
    var place = 4u;
    var inverse = 0u;
    if (a != b) {
        let bits = a ^ b;
        place = firstLeadingBit(bits & (0u - bits)) >> 3u;
        inverse = fp_inverse(fp_sub(to_field(byte_of(a, place)), to_field(byte_of(b, place))));
    }
    for (var i = 0u; i < 4u; i++) {
        put_element(BRANCH_COLUMNS + 12u + i, row, select(0u, inverse, i == place));
    }
}
