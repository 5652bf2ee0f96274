// JAL, LUI, which write nothing to register 0 (`Rv32CondRdWriteAdapterCols`, `Rv32JalLuiCoreRecord`).

const COLUMNS: u32 = WRITE_COLUMNS + 1u;

fn fill_row(row: u32, at: u32) {
    fill_write_adapter(row, at);
    put_flag(WRITE_COLUMNS, row, records[at + 2u] != NO_REGISTER);
    let data = records[at + WRITE_WORDS + 1u];
    let is_jump = byte_of(records[at + WRITE_WORDS + 2u], 0u) == 1u;
    put(COLUMNS, row, records[at + WRITE_WORDS]);
    put_bytes(COLUMNS + 1u, row, data);
    put_flag(COLUMNS + 5u, row, is_jump);
    put_flag(COLUMNS + 6u, row, !is_jump);
    count_word(data);
    if (is_jump) {
        // The two bits that a program counter lacks.
        count_xor(byte_of(data, 3u), 0xc0u);
    }
}
