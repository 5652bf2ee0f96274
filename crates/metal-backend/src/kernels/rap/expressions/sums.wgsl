// Sums of products, read from a table; its layout is at the top of table.rs.
//
// A thread evaluates the sums of one slice for one lane. A slot is a column of `stride` values, and a thread's lane is
// one Value in each slot: four rows in the base form, one row in the extension form. Every thread of a workgroup
// reads the same words of the table, so branches and loops are uniform.
// Field elements are in Montgomery form. `products`, with straight-line code for some shapes, is generated.
// Loops take no more steps than the table has words left, as each reads one at least: so they end whatever stands there,
// as it does if an upload was lost.

const HIGHEST_BIT: u32 = 0x80000000u;

// The next word of the table.
var<private> cursor: u32;
// Place of the thread's lane in the first slot.
var<private> lane_ix: u32;
// Values from one slot to the next.
var<private> stride: u32;

fn next_word() -> u32 {
    let word = table[cursor];
    cursor += 1u;
    return word;
}

fn words_left() -> u32 {
    let len = arrayLength(&table);
    return len - min(cursor, len);
}

// Where the slice ends whose end is table[at].
fn slice_end(at: u32) -> u32 {
    return min(table[at], arrayLength(&table));
}

fn slot_value(slot: u32) -> Value {
    return values[slot * stride + lane_ix];
}

fn leaf() -> Value {
    return slot_value(next_word());
}

fn signed_leaf() -> Value {
    let word = next_word();
    let value = slot_value(word & ~HIGHEST_BIT);
    return select(value, ef_sub(Value(), value), (word & HIGHEST_BIT) != 0u);
}

fn linear() -> Value {
    var sum = value_constant(next_word());
    let counts = next_word();
    for (var i = min(counts & 0xffffu, words_left()); i > 0u; i -= 1u) {
        sum = ef_add(sum, signed_leaf());
    }
    for (var i = min(counts >> 16u, words_left()); i > 0u; i -= 1u) {
        let coefficient = next_word();
        sum = ef_add(sum, ef_mul_fp(leaf(), coefficient));
    }
    return sum;
}

// The sum of `count` products of any shape.
fn general_products(shape: u32, count: u32) -> Value {
    let is_scaled = (shape & 1u) != 0u;
    let n_leaves = (shape >> 1u) & 7u;
    let n_factors = n_leaves + ((shape >> 4u) & 7u);
    var sum = Value();
    for (var i = 0u; i < count; i += 1u) {
        var coefficient = FP_ONE;
        if is_scaled {
            coefficient = next_word();
        }
        var product = value_constant(FP_ONE);
        for (var k = 0u; k < n_factors; k += 1u) {
            var factor: Value;
            if k < n_leaves {
                factor = signed_leaf();
            } else {
                factor = linear();
            }
            if k == 0u {
                product = factor;
            } else {
                product = value_mul(product, factor);
            }
        }
        sum = ef_add(sum, ef_mul_fp(product, coefficient));
    }
    return sum;
}

fn sum_of_products() -> Value {
    var sum = Value();
    loop {
        let segment = next_word();
        let count = min((segment & ~HIGHEST_BIT) >> 8u, words_left());
        sum = ef_add(sum, products(segment & 0xffu, count));
        if (segment & HIGHEST_BIT) != 0u || words_left() == 0u {
            break;
        }
    }
    return sum;
}
