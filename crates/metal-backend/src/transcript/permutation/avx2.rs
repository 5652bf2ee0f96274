//! With AVX2. A vector is a row, each word in the lower half of a 64-bit lane, where the product of
//! two words has room, and where sums need no reduction before the next S-box.
//!
//! A word is *canonical* in `[0, P)`, and *signed* between `-1.06 P` and `1.06 P`, in 32 bits.
//! Multiplications read no others, so the upper halves may hold anything, but where 64-bit lanes are
//! added up.
//!
//! AVX-512, two vectors of eight lanes, was no faster where it was tried.

use std::arch::x86_64::*;

use super::{
    constants::{Constants, Lane, Rows, P_INVERSE},
    word_0::{Word0, P},
};
use crate::transcript::lanes::WIDTH;

type State = [__m256i; 4];

#[target_feature(enable = "avx2")]
pub(super) fn permute(words: &mut [u32; WIDTH], constants: &Constants) {
    let (rows, _) = words.as_chunks_mut::<4>();
    let input = [0, 1, 2, 3].map(|row| _mm256_cvtepu32_epi64(bytemuck::cast(rows[row])));
    let mut state = external_layer(input, &constants.first);
    for next in &constants.before {
        state = external_layer(s_boxes(state), next);
    }
    state = internal_rounds(state.map(|row| to_canonical(row)), constants);
    for next in &constants.after {
        state = external_layer(s_boxes(state), next);
    }
    for (row, out) in state.into_iter().zip(rows) {
        *out = bytemuck::cast::<_, [u64; 4]>(to_canonical(row)).map(|word| word as u32);
    }
}

/// A row of constants.
#[target_feature(enable = "avx2")]
#[inline]
fn load(row: &[Lane; 4]) -> __m256i {
    bytemuck::cast(*row)
}

/// `value` in every lane.
#[target_feature(enable = "avx2")]
#[inline]
fn all(value: i64) -> __m256i {
    _mm256_set1_epi64x(value)
}

#[target_feature(enable = "avx2")]
#[inline]
fn add(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi64(a, b)
}

/// Canonical words from words between `-P` and `P`.
#[target_feature(enable = "avx2")]
#[inline]
fn to_canonical(row: __m256i) -> __m256i {
    _mm256_min_epu32(row, _mm256_add_epi32(row, all(P)))
}

/// Canonical words from words in `[0, 2 P)`.
#[target_feature(enable = "avx2")]
#[inline]
fn subtract_order(row: __m256i) -> __m256i {
    _mm256_min_epu32(row, _mm256_sub_epi32(row, all(P)))
}

/// The upper half of `product - multiple`, whose lower halves are equal.
///
/// By 32-bit lanes: in 64-bit ones the compiler would rewrite the multiplication before.
#[target_feature(enable = "avx2")]
#[inline]
fn upper_difference(product: __m256i, multiple: __m256i) -> __m256i {
    _mm256_srli_epi64::<32>(_mm256_sub_epi32(product, multiple))
}

/// `product / 2^32`, where `quotient` is `product / P` modulo `2^32`.
#[target_feature(enable = "avx2")]
#[inline]
fn reduce(product: __m256i, quotient: __m256i) -> __m256i {
    upper_difference(product, _mm256_mul_epi32(quotient, all(P)))
}

#[target_feature(enable = "avx2")]
#[inline]
fn square(x: __m256i) -> __m256i {
    let product = _mm256_mul_epi32(x, x);
    reduce(product, _mm256_mul_epi32(product, all(P_INVERSE.into())))
}

/// `x / P` modulo `2^32`.
///
/// The last bit's part is added by itself, because the compiler would see through a multiplication
/// and have quotients wait for products again.
#[target_feature(enable = "avx2")]
#[inline]
fn times_inverse(x: __m256i) -> __m256i {
    _mm256_add_epi32(_mm256_mul_epi32(x, all((P_INVERSE - 1).into())), x)
}

/// The seventh powers of signed words, in `(0, 2 P)`.
#[target_feature(enable = "avx2")]
#[inline]
fn s_box(x: __m256i) -> __m256i {
    let x_2 = square(x);
    let quotient = _mm256_mul_epi32(x_2, times_inverse(x));
    let x_3 = reduce(_mm256_mul_epi32(x_2, x), quotient);
    let x_4 = square(x_2);
    let quotient = _mm256_mul_epi32(x_4, times_inverse(x_3));
    reduce(add(_mm256_mul_epi32(x_4, x_3), all(P << 32)), quotient)
}

#[target_feature(enable = "avx2")]
#[inline]
fn s_boxes([a, b, c, d]: State) -> State {
    [s_box(a), s_box(b), s_box(c), s_box(d)]
}

/// The external matrix `circ(2 M, M, M, M)`, from words in `[0, 2 P)`, and the next constants.
/// Returns signed words.
#[target_feature(enable = "avx2")]
#[inline]
fn external_layer(state: State, next: &Rows) -> State {
    let [a, b, c, d] = state;
    let [a, b, c, d] = [mix(a), mix(b), mix(c), mix(d)];
    let sum = add(add(a, b), add(c, d));
    let end = |row, i: usize| barrett(add(add(row, load(&next[i])), sum));
    [end(a, 0), end(b, 1), end(c, 2), end(d, 3)]
}

/// `M = circ(2, 3, 1, 1)`, which is `x_i + 2 x_(i + 1)` and the sum of the row.
#[target_feature(enable = "avx2")]
#[inline]
fn mix(x: __m256i) -> __m256i {
    let halves_swapped = _mm256_permute4x64_epi64::<0b01_00_11_10>(x);
    let next = _mm256_alignr_epi8::<8>(halves_swapped, x);
    let pairs = add(x, halves_swapped);
    let sum = add(pairs, _mm256_shuffle_epi32::<0b01_00_11_10>(pairs));
    add(sum, add(x, add(next, next)))
}

/// Words between `-0.6 P` and `0.9 P` from words in `[0, 80 P)`.
#[target_feature(enable = "avx2")]
#[inline]
fn barrett(x: __m256i) -> __m256i {
    // 1 / P is about (1 + 1 / 16) / 2^31.
    let estimate = add(add(x, all(1 << 30)), _mm256_srli_epi64::<4>(x));
    let quotient = _mm256_srli_epi64::<31>(estimate);
    _mm256_sub_epi32(x, _mm256_mul_epu32(quotient, all(P)))
}

/// From canonical words; returns signed ones, the words with the next constants.
#[target_feature(enable = "avx2")]
#[inline]
fn internal_rounds(mut state: State, constants: &Constants) -> State {
    // Upper halves that can be added up.
    state = state.map(|row| _mm256_blend_epi32::<0b1010_1010>(row, all(0)));
    let first = _mm256_extract_epi32::<0>(state[0]).into();
    let mut word_0 = Word0::new(first, sum(&state) - first, constants.internal[0]);
    for next_constant in &constants.internal[1..] {
        // Word 0 has no place here: its lane of the diagonal is zero.
        let scaled = [0, 1, 2, 3].map(|i| {
            let [d, d_inverse] = [&constants.diagonal, &constants.diagonal_inverse];
            let product = _mm256_mul_epu32(state[i], load(&d[i]));
            let quotient = _mm256_mul_epu32(state[i], load(&d_inverse[i]));
            let multiple = _mm256_mul_epu32(quotient, all(P));
            to_canonical(upper_difference(product, multiple))
        });
        let [early, late] = word_0.round(sum(&scaled), *next_constant);
        let [early, late] = [to_canonical(all(early)), to_canonical(all(late))];
        state = scaled.map(|row| {
            let row = subtract_order(_mm256_add_epi32(row, early));
            _mm256_add_epi32(row, late)
        });
    }
    state[0] = _mm256_insert_epi32::<0>(state[0], word_0.word() as i32);
    [0, 1, 2, 3].map(|i| {
        let constant = _mm256_sub_epi32(load(&constants.middle[i]), all(P));
        _mm256_add_epi32(subtract_order(state[i]), constant)
    })
}

/// The sum of canonical words with nothing above them.
#[target_feature(enable = "avx2")]
#[inline]
fn sum(state: &State) -> i64 {
    let [a, b, c, d] = *state;
    let row = add(add(a, b), add(c, d));
    let upper = _mm256_extracti128_si256::<1>(row);
    let pair = _mm_add_epi64(_mm256_castsi256_si128(row), upper);
    _mm_cvtsi128_si64(pair) + _mm_extract_epi64::<1>(pair)
}
