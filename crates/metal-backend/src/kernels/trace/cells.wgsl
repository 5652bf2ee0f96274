// Cells of a trace: a block of whole columns of `params.height` base field elements in Montgomery form, one after the
// other. The block has the columns from `params.first_column` on; a cell of another one is left to another dispatch.

// 2^64 mod P, which brings a number into Montgomery form.
const R_SQUARED: u32 = 0x45dddde3u;

fn to_field(number: u32) -> u32 {
    return fp_mul(number, R_SQUARED);
}

// Puts a field element.
fn put_element(column: u32, row: u32, element: u32) {
    let place = column - params.first_column;
    if (place < params.n_columns) {
        trace[place * params.height + row] = element;
    }
}

// Puts any number of 32 bits.
fn put(column: u32, row: u32, number: u32) {
    put_element(column, row, to_field(number));
}

fn put_flag(column: u32, row: u32, flag: bool) {
    put_element(column, row, select(0u, FP_ONE, flag));
}

fn byte_of(word: u32, i: u32) -> u32 {
    return (word >> (8u * i)) & 0xffu;
}

// Puts the four bytes of a word into as many columns, the low one first.
fn put_bytes(column: u32, row: u32, word: u32) {
    for (var i = 0u; i < 4u; i++) {
        put(column + i, row, byte_of(word, i));
    }
}

// Puts the 32 bits of a word into as many columns, the low one first.
fn put_bits(column: u32, row: u32, word: u32) {
    // Those of the block: a loop of as many as that stays one, where one of 32 becomes 32 times its text.
    let end = min(column + 32u, params.first_column + params.n_columns);
    for (var i = max(column, params.first_column); i < end; i++) {
        let bit = (word >> (i - column)) & 1u;
        trace[(i - params.first_column) * params.height + row] = select(0u, FP_ONE, bit == 1u);
    }
}

// Puts the two halves of a word, the low one first.
fn put_limbs(column: u32, row: u32, word: u32) {
    put(column, row, word & 0xffffu);
    put(column + 1u, row, word >> 16u);
}

// Puts 1 at place `marked` of `n` columns, and 0 at the others.
fn put_marker(column: u32, row: u32, n: u32, marked: u32) {
    for (var i = 0u; i < n; i++) {
        put_flag(column + i, row, i == marked);
    }
}
