// BLT, BLTU, BGE, BGEU (`BranchLessThanCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_adapter(row, at);
    let opcode = byte_of(records[at + BEHIND_NUMBERS + 1u], 0u);
    let is_not_less = opcode >= 2u;
    let comparison = compare_numbers(at + FIRST_NUMBER, at + SECOND_NUMBER, (opcode & 1u) == 0u);
    count_comparison(comparison);

    put_number(ADAPTER_COLUMNS, row, at + FIRST_NUMBER);
    put_number(ADAPTER_COLUMNS + 32u, row, at + SECOND_NUMBER);
    put_flag(ADAPTER_COLUMNS + 64u, row, comparison.is_less != is_not_less);
    put(ADAPTER_COLUMNS + 65u, row, records[at + BEHIND_NUMBERS]);
    put_marker(ADAPTER_COLUMNS + 66u, row, 4u, opcode);
    put_tops(ADAPTER_COLUMNS + 70u, row, comparison);
    put_flag(ADAPTER_COLUMNS + 72u, row, comparison.is_less);
    put_marker(ADAPTER_COLUMNS + 73u, row, N_BYTES, comparison.place);
    put(ADAPTER_COLUMNS + 105u, row, comparison.difference);
}
