// Loops that end whatever stands in the buffers: by their length, a parameter, a constant, or as they halve.
struct Params {
    n_steps: u32,
}
var<immediate> params: Params;
@group(0) @binding(0) var<storage, read> list: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

var<private> cursor: u32;

fn next_word() -> u32 {
    let word = list[cursor];
    cursor += 1u;
    return word;
}

fn words_left() -> u32 {
    let len = arrayLength(&list);
    return len - min(cursor, len);
}

fn power(base: u32, exponent: u32) -> u32 {
    var product = 1u;
    var square = base;
    for (var rest = exponent; rest != 0u; rest >>= 1u) {
        if (rest & 1u) == 1u {
            product *= square;
        }
        square *= square;
    }
    return product;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    cursor = list[lane];
    var sum = power(3u, next_word());
    for (var i = min(next_word(), words_left()); i > 0u; i -= 1u) {
        sum += next_word();
    }
    let end = min(list[lane + 1u], arrayLength(&list));
    while cursor < end {
        sum += next_word();
    }
    loop {
        let word = next_word();
        sum += word;
        if (word & 0x80000000u) != 0u || words_left() == 0u {
            break;
        }
    }
    for (var i = list[lane] & 0xffu; i > 0u; i -= 1u) {
        sum += i;
    }
    // A search halves what is between.
    var low = 0u;
    var high = params.n_steps;
    while high - low > 1u {
        let middle = (low + high) / 2u;
        if list[middle] <= lane {
            low = middle;
        } else {
            high = middle;
        }
    }
    result[lane] = sum + low;
}
