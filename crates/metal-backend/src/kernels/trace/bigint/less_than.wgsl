// SLT, SLTU (`LessThanCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_adapter(row, at);
    let opcode = byte_of(records[at + BEHIND_NUMBERS], 0u);
    let comparison = compare_numbers(at + FIRST_NUMBER, at + SECOND_NUMBER, opcode == 0u);
    count_comparison(comparison);

    put_number(ADAPTER_COLUMNS, row, at + FIRST_NUMBER);
    put_number(ADAPTER_COLUMNS + 32u, row, at + SECOND_NUMBER);
    put_flag(ADAPTER_COLUMNS + 64u, row, comparison.is_less);
    put_marker(ADAPTER_COLUMNS + 65u, row, 2u, opcode);
    put_tops(ADAPTER_COLUMNS + 67u, row, comparison);
    put_marker(ADAPTER_COLUMNS + 69u, row, N_BYTES, comparison.place);
    put(ADAPTER_COLUMNS + 101u, row, comparison.difference);
}
