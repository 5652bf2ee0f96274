// ADD, SUB, XOR, OR, AND (`BaseAluCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_alu_adapter(row, at);
    let b = records[at + ALU_WORDS];
    let c = records[at + ALU_WORDS + 1u];
    let opcode = byte_of(records[at + ALU_WORDS + 2u], 0u);
    var a = b & c;
    switch (opcode) {
        case 0u: { a = b + c; }
        case 1u: { a = b - c; }
        case 2u: { a = b ^ c; }
        case 3u: { a = b | c; }
        default: {}
    }
    put_bytes(ALU_COLUMNS, row, a);
    put_bytes(ALU_COLUMNS + 4u, row, b);
    put_bytes(ALU_COLUMNS + 8u, row, c);
    put_marker(ALU_COLUMNS + 12u, row, 5u, opcode);

    // Of a sum its bytes are checked, of the others their operands'.
    let is_sum = opcode < 2u;
    let x = select(b, a, is_sum);
    let y = select(c, a, is_sum);
    for (var i = 0u; i < 4u; i++) {
        count_xor(byte_of(x, i), byte_of(y, i));
    }
}
