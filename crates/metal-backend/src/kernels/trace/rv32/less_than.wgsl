// SLT, SLTU (`LessThanCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_alu_adapter(row, at);
    let b = records[at + ALU_WORDS];
    let c = records[at + ALU_WORDS + 1u];
    let opcode = byte_of(records[at + ALU_WORDS + 2u], 0u);
    let comparison = compare(b, c, opcode == 0u);
    count_comparison(comparison);

    put_bytes(ALU_COLUMNS, row, b);
    put_bytes(ALU_COLUMNS + 4u, row, c);
    put_flag(ALU_COLUMNS + 8u, row, comparison.is_less);
    put_marker(ALU_COLUMNS + 9u, row, 2u, opcode);
    put_tops(ALU_COLUMNS + 11u, row, comparison);
    put_marker(ALU_COLUMNS + 13u, row, 4u, comparison.place);
    put(ALU_COLUMNS + 17u, row, comparison.difference);
}
