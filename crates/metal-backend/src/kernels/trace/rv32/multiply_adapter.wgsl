// Two registers that are read, and one that is written (`Rv32MultAdapterRecord`). Columns 0 to 17.

const MULTIPLY_COLUMNS: u32 = 18u;
const MULTIPLY_WORDS: u32 = 9u;

fn fill_multiply_adapter(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    for (var i = 0u; i < 5u; i++) {
        // pc, timestamp, rd, rs1, rs2
        put(i, row, records[at + i]);
    }
    put_access(5u, row, records[at + 5u], timestamp);
    put_access(8u, row, records[at + 6u], timestamp + 1u);
    put_write(11u, row, records[at + 7u], timestamp + 2u, records[at + 8u]);
}
