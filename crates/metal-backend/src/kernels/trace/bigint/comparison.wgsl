// Which of two numbers is less, as `compare` says it of words; `place` may be up to N_BYTES.
fn compare_numbers(x: u32, y: u32, is_signed: bool) -> Comparison {
    let highest = compare(records[x + N_WORDS - 1u], records[y + N_WORDS - 1u], is_signed);
    // The highest word in which they differ, if they do.
    var i = 0u;
    for (var j = 1u; j < N_WORDS; j++) {
        i = select(i, j, records[x + j] != records[y + j]);
    }
    var result = highest;
    if (i < N_WORDS - 1u) {
        result = compare(records[x + i], records[y + i], false);
        result.tops = highest.tops;
        result.bias = highest.bias;
    }
    result.place = select(result.place + 4u * i, N_BYTES, result.difference == 0u);
    return result;
}
