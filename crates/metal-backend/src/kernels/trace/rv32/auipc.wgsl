// AUIPC (`Rv32AuipcCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_write_adapter(row, at);
    let pc = records[at + WRITE_WORDS];
    let immediate = records[at + WRITE_WORDS + 1u];
    let data = pc + (immediate << 8u);
    put_flag(WRITE_COLUMNS, row, true);
    for (var i = 0u; i < 3u; i++) {
        put(WRITE_COLUMNS + 1u + i, row, byte_of(immediate, i));
    }
    put(WRITE_COLUMNS + 4u, row, byte_of(pc, 1u));
    put(WRITE_COLUMNS + 5u, row, byte_of(pc, 2u));
    put_bytes(WRITE_COLUMNS + 6u, row, data);
    count_bytes(byte_of(immediate, 0u), byte_of(immediate, 1u));
    count_bytes(byte_of(immediate, 2u), byte_of(pc, 1u));
    // A program counter has 30 bits.
    count_bytes(byte_of(pc, 2u), byte_of(pc, 3u) << 2u);
    count_word(data);
}
