// Numbers modulo the prime: N_WORDS words, the low one first, below the prime and in Montgomery form with R = 2^(32 N_WORDS)
// where they are multiplied. `product` and `reduced` are made for N_WORDS.

alias Number = array<u32, N_WORDS>;

var<private> prime: Number;

// a b + c + d, low word first.
fn multiply_add(a: u32, b: u32, c: u32, d: u32) -> vec2<u32> {
    let wide = wide_mul(a, b);
    let low = wide_low(wide) + c;
    let word = low + d;
    return vec2<u32>(word, wide_high(wide) + u32(low < c) + u32(word < d));
}

fn sum(a: Number, b: Number) -> Number {
    var x = a;
    var y = b;
    var carry = 0u;
    for (var i = 0u; i < N_WORDS; i++) {
        let word = x[i] + y[i];
        let with_carry = word + carry;
        carry = u32(word < y[i]) + u32(with_carry < carry);
        x[i] = with_carry;
    }
    return reduced(x, carry);
}

fn difference(a: Number, b: Number) -> Number {
    var x = a;
    var y = b;
    var borrow = 0u;
    for (var i = 0u; i < N_WORDS; i++) {
        let word = x[i] - y[i];
        let is_less = x[i] < y[i] || word < borrow;
        x[i] = word - borrow;
        borrow = u32(is_less);
    }
    if (borrow == 1u) {
        var carry = 0u;
        for (var i = 0u; i < N_WORDS; i++) {
            let added = multiply_add(1u, prime[i], x[i], carry);
            x[i] = added.x;
            carry = added.y;
        }
    }
    return x;
}

// 1 / a, and 0 for 0: the power p - 2, bit by bit from the highest. Every second product is a square.
fn inverse(a: Number) -> Number {
    let exponent = table[NUMBERS] + P_MINUS_2 * N_WORDS;
    var power = operand(FIRST_NUMBER + ONE_IN_FORM);
    var bit = 32u * N_WORDS;
    var is_square = true;
    while (bit > 0u) {
        let is_set = ((table[exponent + ((bit - 1u) >> 5u)] >> ((bit - 1u) & 31u)) & 1u) == 1u;
        var factor = power;
        if (!is_square) {
            factor = a;
        }
        power = product(power, factor);
        if (is_square && is_set) {
            is_square = false;
        } else {
            is_square = true;
            bit -= 1u;
        }
    }
    return power;
}
