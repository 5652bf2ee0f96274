// JALR, which writes nothing to register 0 (`Rv32JalrAdapterRecord`, `Rv32JalrCoreRecord`).

const COLUMNS: u32 = 15u;
const WORDS: u32 = 7u;
const NO_REGISTER: u32 = 0xffffffffu;

fn fill_row(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    let rd = records[at + 3u];
    put(0u, row, records[at]);
    put(1u, row, timestamp);
    put(2u, row, records[at + 2u]);
    put_access(3u, row, records[at + 4u], timestamp);
    put_flag(14u, row, rd != NO_REGISTER);
    if (rd == NO_REGISTER) {
        put_element(6u, row, 0u);
        put_no_write(7u, row);
    } else {
        put(6u, row, rd);
        put_write(7u, row, records[at + 5u], timestamp + 1u, records[at + 6u]);
    }

    let immediate = records[at + WORDS] & 0xffffu;
    let return_pc = records[at + WORDS + 1u] + 4u;
    let base = records[at + WORDS + 2u];
    let is_negative = byte_of(records[at + WORDS + 3u], 0u) == 1u;
    let to_pc = base + select(immediate, immediate + 0xffff0000u, is_negative);
    put(COLUMNS, row, immediate);
    put_bytes(COLUMNS + 1u, row, base);
    for (var i = 0u; i < 3u; i++) {
        put(COLUMNS + 5u + i, row, byte_of(return_pc, i + 1u));
    }
    put_flag(COLUMNS + 8u, row, true);
    put(COLUMNS + 9u, row, to_pc & 1u);
    let low = (to_pc & 0xffffu) >> 1u;
    put(COLUMNS + 10u, row, low);
    put(COLUMNS + 11u, row, to_pc >> 16u);
    put_flag(COLUMNS + 12u, row, is_negative);
    // A program counter has 30 bits.
    count_range(low, 15u);
    count_range(to_pc >> 16u, 14u);
    count_bytes(byte_of(return_pc, 0u), byte_of(return_pc, 1u));
    count_range(byte_of(return_pc, 2u), 8u);
    count_range(byte_of(return_pc, 3u), 6u);
}
