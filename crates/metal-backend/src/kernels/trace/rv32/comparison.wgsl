// Which of two words is less, and how that is shown: by the highest bytes that differ.

struct Comparison {
    is_less: bool,
    // The place of these bytes, or 4.
    place: u32,
    // The larger less the smaller one.
    difference: u32,
    // The highest byte of each, moved up by `bias`: from 0 to 255, of words with a sign, too.
    tops: vec2<u32>,
    bias: u32,
}

fn compare(x: u32, y: u32, is_signed: bool) -> Comparison {
    var result: Comparison;
    result.bias = select(0u, 128u, is_signed);
    result.tops = vec2<u32>((x >> 24u) ^ result.bias, (y >> 24u) ^ result.bias);
    result.is_less = (x ^ (result.bias << 24u)) < (y ^ (result.bias << 24u));
    result.place = 4u;
    if (x != y) {
        result.place = firstLeadingBit(x ^ y) >> 3u;
        var bytes = result.tops;
        if (result.place < 3u) {
            bytes = vec2<u32>(byte_of(x, result.place), byte_of(y, result.place));
        }
        result.difference = max(bytes.x, bytes.y) - min(bytes.x, bytes.y);
    }
    return result;
}

// Puts the highest bytes, which may be negative.
fn put_tops(column: u32, row: u32, comparison: Comparison) {
    let bias = to_field(comparison.bias);
    put_element(column, row, fp_sub(to_field(comparison.tops.x), bias));
    put_element(column + 1u, row, fp_sub(to_field(comparison.tops.y), bias));
}

// The highest bytes are bytes, and the difference is one that is not zero.
fn count_comparison(comparison: Comparison) {
    count_bytes(comparison.tops.x, comparison.tops.y);
    if (comparison.difference != 0u) {
        count_bytes(comparison.difference - 1u, 0u);
    }
}
