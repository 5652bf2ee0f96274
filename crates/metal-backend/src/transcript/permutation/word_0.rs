//! Word 0 of the state during the internal rounds, in scalar registers.

use openvm_stark_backend::p3_field::PrimeField32;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

/// The field's order.
pub(super) const P: i64 = F::ORDER_U32 as i64;

/// Word 0, and the sum of the other words.
pub(super) struct Word0 {
    /// Word 0 with the round's constant: the S-box's input.
    input: i64,
    /// What is congruent to the sum of the other words, less than `2^37`.
    others: i64,
}

impl Word0 {
    /// Before the first round: `word` in `[0, P]`, the sum of the others, the round's constant.
    #[inline(always)]
    pub(super) fn new(word: i64, others: i64, constant: i64) -> Self {
        let input = centred(word + constant);
        Self { input, others }
    }

    /// A round, with the sum of the other words as their diagonal makes them, before the sum `s` of
    /// all words is added to each, and the next round's constant. Returns `s` in two parts, the one
    /// that is known early and the S-box: at most `P / 2` and `0.74 P` in absolute value.
    ///
    /// Word 0 becomes `s - 2 y`, where `y` is its S-box.
    #[inline(always)]
    pub(super) fn round(&mut self, others: i64, next_constant: i64) -> [i64; 2] {
        let y = seventh_power(self.input);
        let u = centred(self.others);
        self.input = centred(self.others + next_constant) - y;
        self.others = others + 15 * (u + y);
        [u, y]
    }

    /// The word in `[0, P]`, after the last round.
    #[inline(always)]
    pub(super) fn word(self) -> u32 {
        let word = centred(self.input);
        (if word < 0 { word + P } else { word }) as u32
    }
}

/// The inverse of `P` modulo `2^64`.
const INVERSE: i64 = {
    // Newton's iteration: each step doubles how many of the lowest bits are right, at first one.
    let (mut inverse, mut n_bits) = (1_i64, 1);
    while n_bits < 64 {
        inverse = inverse.wrapping_mul(2_i64.wrapping_sub(inverse.wrapping_mul(P)));
        n_bits *= 2;
    }
    inverse
};

/// The seventh power in Montgomery form, for `|x| < 1.25 P`: at most `0.74 P` in absolute value.
///
/// Montgomery's reduction by `2^64` at once, with a signed quotient, takes away two of the six
/// factors `2^32` that are too many in a product of seven words. `x^7 = x (x x^2)^2` needs only two
/// reductions, as `x x^2` is in it twice; by `2^32` it would need four.
#[inline(always)]
fn seventh_power(x: i64) -> i64 {
    // Known early, where a product's quotient by P would have to wait for the product.
    let x_inverse = x.wrapping_mul(INVERSE);
    let times_x = |y: i64| high(y, x) - high(y.wrapping_mul(x_inverse), P);
    let square = x * x;
    let cube = times_x(square);
    times_x(cube * cube)
}

/// The upper half of a product.
#[inline(always)]
fn high(a: i64, b: i64) -> i64 {
    ((i128::from(a) * i128::from(b)) >> 64) as i64
}

/// What is congruent to `x`, at most `P / 2` in absolute value (and a millionth), for `|x| < 2^37`.
#[inline(always)]
pub(super) fn centred(x: i64) -> i64 {
    const RECIPROCAL: i64 = ((1 << 56) + P / 2) / P;
    let quotient = (x * RECIPROCAL + (1 << 55)) >> 56;
    x - quotient * P
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The power by repeated multiplication, up to the six factors `2^32`.
    fn is_seventh_power(y: i64, x: i64) -> bool {
        let modulo = |x: i64| i128::from(x.rem_euclid(P));
        let times = |n: u32, start: i128, factor: i128| {
            (0..n).fold(start, |product, _| product * factor % i128::from(P))
        };
        times(6, modulo(y), 1 << 32) == times(7, 1, modulo(x))
    }

    #[test]
    fn seventh_powers_are_within_their_bound() {
        let limit = P + P / 4;
        let steps = (-100_000..=100_000).map(|step| limit / 100_000 * step);
        let edges = [-limit, -P, -1, 0, 1, P - 1, P, limit];
        for x in steps.chain(edges) {
            let y = seventh_power(x);
            assert!(is_seventh_power(y, x), "{x}");
            assert!(y.abs() * 100 <= 74 * P, "{x}");
        }
    }

    #[test]
    fn centred_words_are_within_half_the_order() {
        for multiple in [-68, -1, 0, 1, 33, 68] {
            for rest in [-P / 2 + 1000, -1, 0, 1, P / 2 - 1000] {
                assert_eq!(centred(multiple * P + rest), rest);
            }
            assert!(centred(multiple * P + P / 2).abs() <= P / 2 + 1000);
        }
    }
}
