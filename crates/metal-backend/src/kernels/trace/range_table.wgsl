// Numbers of each number of bits: row 2^k - 1 + x is x, of k bits (`VariableRangeCols`).

fn fill_row(row: u32) {
    let n_bits = firstLeadingBit(row + 1u);
    put(0u, row, row + 1u - (1u << n_bits));
    put(1u, row, n_bits);
    put(2u, row, 1u << n_bits);
    put(3u, row, total(row));
}
