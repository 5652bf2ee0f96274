// Constraints: each is an integer that the prime divides, a sum of products of inputs, variables and numbers of the table.
// Its columns are the bytes of the quotient, with its sign, and the carries of what remains, byte by byte
// (`CheckCarryModToZeroCols`).

// Stands for the quotient among the factors of a product.
const QUOTIENT: u32 = 255u;
const N_QUOTIENT_WORDS: u32 = N_WORDS + 2u;
const N_LIMBS: u32 = 8u * N_WORDS + 8u;

// Limbs of a byte, which overflow: words with a sign, in two's complement.
var<private> limbs: array<u32, N_LIMBS>;
var<private> quotient: array<u32, N_QUOTIENT_WORDS>;

fn factor_word(factor: u32, i: u32) -> u32 {
    if (factor == QUOTIENT) {
        return quotient[i];
    }
    if (factor >= FIRST_NUMBER) {
        return table[table[NUMBERS] + (factor - FIRST_NUMBER) * N_WORDS + i];
    }
    return numbers[factor][i];
}

// Adds coefficient * a * b to the limbs, where a has so many words.
fn add_product(coefficient: u32, a: u32, n_words: u32, b: u32) {
    for (var j = 0u; j < N_WORDS; j++) {
        let y = factor_word(b, j);
        if (y == 0u) {
            continue;
        }
        let y0 = coefficient * byte_of(y, 0u);
        let y1 = coefficient * byte_of(y, 1u);
        let y2 = coefficient * byte_of(y, 2u);
        let y3 = coefficient * byte_of(y, 3u);
        for (var i = 0u; i < n_words; i++) {
            let x = factor_word(a, i);
            let x0 = byte_of(x, 0u);
            let x1 = byte_of(x, 1u);
            let x2 = byte_of(x, 2u);
            let x3 = byte_of(x, 3u);
            let at = 4u * (i + j);
            limbs[at] += x0 * y0;
            limbs[at + 1u] += x0 * y1 + x1 * y0;
            limbs[at + 2u] += x0 * y2 + x1 * y1 + x2 * y0;
            limbs[at + 3u] += x0 * y3 + x1 * y2 + x2 * y1 + x3 * y0;
            limbs[at + 4u] += x1 * y3 + x2 * y2 + x3 * y1;
            limbs[at + 5u] += x2 * y3 + x3 * y2;
            limbs[at + 6u] += x3 * y3;
        }
    }
}

// limb / 256, rounded down.
fn carry_of(limb: u32) -> u32 {
    return (limb >> 8u) | select(0u, 0xff000000u, is_negative(limb));
}

fn is_negative(number: u32) -> bool {
    return (number >> 31u) == 1u;
}

// The integer's quotient by the prime, which divides it: its size in `quotient`, and whether it is positive. The division is
// from the low word on, modulo 2^(32 n_words).
fn divide_limbs(n_words: u32) -> bool {
    var words: array<u32, N_QUOTIENT_WORDS>;
    var carry = 0u;
    for (var k = 0u; k < 4u * n_words; k++) {
        let limb = carry + limbs[k];
        words[k >> 2u] |= (limb & 0xffu) << (8u * (k & 3u));
        carry = carry_of(limb);
    }
    // Multiples of the prime are added until nothing remains, so this is the quotient's negative.
    for (var i = 0u; i < n_words; i++) {
        let digit = words[i] * table[NEGATIVE_INVERSE];
        var carried = 0u;
        for (var j = 0u; i + j < n_words; j++) {
            var factor = 0u;
            if (j < N_WORDS) {
                factor = prime[j];
            }
            let added = multiply_add(digit, factor, words[i + j], carried);
            words[i + j] = added.x;
            carried = added.y;
        }
        quotient[i] = digit;
    }
    let is_positive = is_negative(quotient[n_words - 1u]);
    if (is_positive) {
        var carried = 1u;
        for (var i = 0u; i < n_words; i++) {
            quotient[i] = ~quotient[i] + carried;
            carried &= u32(quotient[i] == 0u);
        }
    }
    return is_positive;
}

fn put_signed(column: u32, row: u32, number: u32) {
    if (is_negative(number)) {
        put_element(column, row, fp_neg(to_field(0u - number)));
    } else {
        put(column, row, number);
    }
}

// Puts the columns of all constraints, from `column` on: first those of all quotients.
fn fill_constraints(row: u32, column: u32, flags: u32) {
    var quotient_column = column;
    var carry_column = column + table[N_QUOTIENT_LIMBS];
    var at = table[CONSTRAINTS];
    for (var i = 0u; i < min(table[N_VARIABLES], N_VALUES); i++) {
        let n_terms = min(table[at], arrayLength(&table));
        let n_quotient_limbs = min(table[at + 1u], 4u * N_QUOTIENT_WORDS - 1u);
        let n_carries = min(table[at + 2u], N_LIMBS);
        let carry_bits = table[at + 3u];
        at += 4u;
        for (var k = 0u; k < N_LIMBS; k++) {
            limbs[k] = 0u;
        }
        // The products, and then that of the quotient and the prime, which takes all of them off.
        for (var term = 0u; term <= n_terms; term++) {
            var coefficient = 0u;
            var factors = QUOTIENT | ((FIRST_NUMBER + PRIME) << 8u);
            var n_words = N_WORDS;
            if (term < n_terms) {
                // Which flags must be how, the coefficient, the two factors.
                if ((flags & (table[at] >> 16u)) == (table[at] & 0xffffu)) {
                    coefficient = table[at + 1u];
                }
                factors = table[at + 2u];
                at += 3u;
            } else {
                n_words = (n_quotient_limbs >> 2u) + 1u;
                let is_positive = divide_limbs(n_words);
                coefficient = select(1u, 0xffffffffu, is_positive);
                for (var k = 0u; k < n_quotient_limbs; k++) {
                    let limb = (0u - coefficient) * byte_of(quotient[k >> 2u], k & 3u);
                    put_signed(quotient_column + k, row, limb);
                    count_range(limb + 256u, 9u);
                }
            }
            if (coefficient != 0u) {
                add_product(coefficient, factors & 0xffu, n_words, factors >> 8u);
            }
        }
        var carry = 0u;
        for (var k = 0u; k < n_carries; k++) {
            carry = carry_of(carry + limbs[k]);
            put_signed(carry_column + k, row, carry);
            count_range(carry + (1u << carry_bits), carry_bits + 1u);
        }
        quotient_column += n_quotient_limbs;
        carry_column += n_carries;
    }
}
