// ADD, SUB, XOR, OR, AND (`BaseAluCoreRecord`).

fn fill_row(row: u32, at: u32) {
    fill_adapter(row, at);
    let opcode = byte_of(records[at + BEHIND_NUMBERS], 0u);
    let is_sum = opcode < 2u;
    var carry = 0u;
    for (var i = 0u; i < N_WORDS; i++) {
        let b = records[at + FIRST_NUMBER + i];
        let c = records[at + SECOND_NUMBER + i];
        var a = b & c;
        switch (opcode) {
            case 0u: {
                a = b + c + carry;
                carry = select(0u, 1u, a < b || (carry == 1u && a == b));
            }
            case 1u: {
                a = b - c - carry;
                carry = select(0u, 1u, a > b || (carry == 1u && a == b));
            }
            case 2u: { a = b ^ c; }
            case 3u: { a = b | c; }
            default: {}
        }
        put_bytes(ADAPTER_COLUMNS + 4u * i, row, a);
        // Of a sum its bytes are checked, of the others their operands'.
        let x = select(b, a, is_sum);
        let y = select(c, a, is_sum);
        for (var j = 0u; j < 4u; j++) {
            count_xor(byte_of(x, j), byte_of(y, j));
        }
    }
    put_number(ADAPTER_COLUMNS + 32u, row, at + FIRST_NUMBER);
    put_number(ADAPTER_COLUMNS + 64u, row, at + SECOND_NUMBER);
    put_marker(ADAPTER_COLUMNS + 96u, row, 5u, opcode);
}
