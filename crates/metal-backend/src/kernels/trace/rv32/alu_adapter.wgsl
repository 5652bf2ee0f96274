// Two operands, of which the second may be an immediate, and a result, all registers (`Rv32BaseAluAdapterRecord`).
// Columns 0 to 18.

const ALU_COLUMNS: u32 = 19u;
const ALU_WORDS: u32 = 10u;

fn fill_alu_adapter(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    for (var i = 0u; i < 5u; i++) {
        // pc, timestamp, rd, rs1, rs2
        put(i, row, records[at + i]);
    }
    let address_space = byte_of(records[at + 5u], 0u);
    put(5u, row, address_space);
    put_access(6u, row, records[at + 6u], timestamp);
    if (address_space == 0u) {
        let immediate = records[at + 4u];
        count_bytes(byte_of(immediate, 0u), byte_of(immediate, 1u));
        put_no_access(9u, row);
    } else {
        put_access(9u, row, records[at + 7u], timestamp + 1u);
    }
    put_write(12u, row, records[at + 8u], timestamp + 2u, records[at + 9u]);
}
