// A row of `SecondAluChip`. Its record is upstream's `Rv32BaseAluAdapterRecord`, words 0 to 9, and `BaseAluCoreRecord`;
// its columns are those of `Rv32BaseAluAdapterCols`, 0 to 18, and `BaseAluCoreCols`.

fn result(opcode: u32, b: u32, c: u32) -> u32 {
    switch (opcode) {
        case 0u: { return b + c; }
        case 1u: { return b - c; }
        case 2u: { return b ^ c; }
        case 3u: { return b | c; }
        default: { return b & c; }
    }
}

fn fill_row(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    // pc, timestamp, rd, rs1, rs2 or the immediate, and the address space that tells which of both
    for (var i = 0u; i < 5u; i++) {
        put(i, row, records[at + i]);
    }
    let is_register = byte_of(records[at + 5u], 0u) == 1u;
    put_flag(5u, row, is_register);
    put_access(6u, row, records[at + 6u], timestamp);
    if (is_register) {
        put_access(9u, row, records[at + 7u], timestamp + 1u);
    } else {
        put_no_access(9u, row);
        let immediate = records[at + 4u];
        count_bytes(byte_of(immediate, 0u), byte_of(immediate, 1u));
    }
    put_write(12u, row, records[at + 8u], timestamp + 2u, records[at + 9u]);

    let b = records[at + 10u];
    let c = records[at + 11u];
    let opcode = byte_of(records[at + 12u], 0u);
    let a = result(opcode, b, c);
    put_bytes(19u, row, a);
    put_bytes(23u, row, b);
    put_bytes(27u, row, c);
    put_marker(31u, row, 5u, opcode);
    for (var i = 0u; i < 4u; i++) {
        if (opcode < 2u) {
            count_xor(byte_of(a, i), byte_of(a, i));
        } else {
            count_xor(byte_of(b, i), byte_of(c, i));
        }
    }
}
