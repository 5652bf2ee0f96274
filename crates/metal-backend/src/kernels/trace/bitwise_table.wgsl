// Pairs of bytes: row 2^8 x + y is x, y, bit by bit (`BitwiseOperationLookupCols`). The counts of pairs come first, then
// those of their exclusive or.

fn fill_row(row: u32) {
    for (var i = 0u; i < 8u; i++) {
        put_flag(i, row, ((row >> (8u + i)) & 1u) == 1u);
        put_flag(8u + i, row, ((row >> i) & 1u) == 1u);
    }
    put(16u, row, total(row));
    put(17u, row, total((1u << 16u) | row));
}
