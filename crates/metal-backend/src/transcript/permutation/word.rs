//! Word 0 of the state during the internal rounds, in one 64-bit register.
//!
//! It is the only word that goes through S-boxes there, one after another, and so what the internal
//! rounds take. Its products are reduced by 2^64 at once (Montgomery's reduction with a signed
//! quotient), which halves the reductions between the multiplications: two instead of four.

use super::P;

/// The inverse of the field's order.
const INVERSE: i64 = {
    // Newton's iteration: every step doubles the bits that are right, of which P has one.
    let (mut inverse, mut step) = (1_i64, 0);
    while step < 6 {
        inverse = inverse.wrapping_mul(2_i64.wrapping_sub(inverse.wrapping_mul(P)));
        step += 1;
    }
    inverse
};

/// The upper half of a product.
#[inline(always)]
fn high(a: i64, b: i64) -> i64 {
    ((i128::from(a) * i128::from(b)) >> 64) as i64
}

/// The seventh power in Montgomery form, for `|x| < 1.25 P`. Its absolute value is at most `0.74 P`.
///
/// A reduction takes away 64 bits, and so two of the six factors `2^32` that are too many in the
/// product of seven words; with `x^3` in it twice, two reductions take away all.
#[inline(always)]
pub(super) fn seventh_power(x: i64) -> i64 {
    let x_inverse = x.wrapping_mul(INVERSE);
    // The quotient is the product's lower half times INVERSE.
    let reduced_product = |y: i64| high(y, x) - high(y.wrapping_mul(x_inverse), P);
    let square = x * x;
    let cube = reduced_product(square);
    reduced_product(cube * cube)
}

/// What is congruent to `x`, with an absolute value of at most `P / 2`, for `|x| < 2^37`.
#[inline(always)]
pub(super) fn centred(x: i64) -> i64 {
    const RECIPROCAL: i64 = ((1 << 56) + P / 2) / P;
    let quotient = (x * RECIPROCAL + (1 << 55)) >> 56;
    x - quotient * P
}
