// BLT, BLTU, BGE, BGEU (`BranchLessThanCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_branch_adapter(row, at);
    let a = records[at + BRANCH_WORDS];
    let b = records[at + BRANCH_WORDS + 1u];
    let opcode = byte_of(records[at + BRANCH_WORDS + 3u], 0u);
    let is_not_less = opcode >= 2u;
    let comparison = compare(a, b, (opcode & 1u) == 0u);
    count_comparison(comparison);

    put_bytes(BRANCH_COLUMNS, row, a);
    put_bytes(BRANCH_COLUMNS + 4u, row, b);
    put_flag(BRANCH_COLUMNS + 8u, row, comparison.is_less != is_not_less);
    put(BRANCH_COLUMNS + 9u, row, records[at + BRANCH_WORDS + 2u]);
    put_marker(BRANCH_COLUMNS + 10u, row, 4u, opcode);
    put_tops(BRANCH_COLUMNS + 14u, row, comparison);
    put_flag(BRANCH_COLUMNS + 16u, row, comparison.is_less);
    put_marker(BRANCH_COLUMNS + 17u, row, 4u, comparison.place);
    put(BRANCH_COLUMNS + 21u, row, comparison.difference);
}
