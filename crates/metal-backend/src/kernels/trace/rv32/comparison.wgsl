// Which of two words is less, and how that is shown: by the highest bytes that differ.

struct Comparison {
    is_less: bool,
    // The place of these bytes, or 4.
    place: u32,
    // The larger less the smaller one.
    difference: u32,
    // The highest byte of each, negative if the word is.
    top: vec2<i32>,
}

fn compare(x: u32, y: u32, is_signed: bool) -> Comparison {
    var result: Comparison;
    let tops = vec2<i32>(i32(x >> 24u), i32(y >> 24u));
    result.top = select(tops, vec2<i32>(i32(x) >> 24u, i32(y) >> 24u), is_signed);
    result.is_less = select(x < y, i32(x) < i32(y), is_signed);
    result.place = 4u;
    if (x != y) {
        result.place = firstLeadingBit(x ^ y) >> 3u;
        var bytes = vec2<i32>(i32(byte_of(x, result.place)), i32(byte_of(y, result.place)));
        bytes = select(bytes, result.top, result.place == 3u);
        result.difference = u32(abs(bytes.x - bytes.y));
    }
    return result;
}

// Both tops lie within a byte, moved up by half of one if they may be negative; and the difference is not zero.
fn count_comparison(comparison: Comparison, is_signed: bool) {
    let tops = vec2<u32>(comparison.top + vec2<i32>(select(0, 128, is_signed)));
    count_bytes(tops.x, tops.y);
    if (comparison.place < 4u) {
        count_bytes(comparison.difference - 1u, 0u);
    }
}
