//! With NEON. A vector is a row of four 32-bit lanes.
//!
//! Multiplications take signed words, of at most `P` in absolute value. Otherwise a word is canonical,
//! in `[0, P)`.

use std::arch::aarch64::*;

use super::{
    constants::{Constants, Lane, Rows, P_INVERSE},
    word_0::{Word0, P},
};
use crate::transcript::lanes::WIDTH;

type State = [uint32x4_t; 4];

#[target_feature(enable = "neon")]
pub(super) fn permute(words: &mut [u32; WIDTH], constants: &Constants) {
    let (rows, _) = words.as_chunks_mut::<4>();
    let input = [0, 1, 2, 3].map(|row| load(&rows[row]));
    let mut state = external_layer(input, &constants.first);
    for next in &constants.before {
        state = external_layer(s_boxes(state), next);
    }
    state = internal_rounds(state, constants);
    for next in &constants.after {
        state = external_layer(s_boxes(state), next);
    }
    for (row, out) in state.into_iter().zip(rows) {
        *out = [
            vgetq_lane_u32::<0>(row),
            vgetq_lane_u32::<1>(row),
            vgetq_lane_u32::<2>(row),
            vgetq_lane_u32::<3>(row),
        ];
    }
}

#[target_feature(enable = "neon")]
#[inline]
fn load(row: &[Lane; 4]) -> uint32x4_t {
    let [a, b, c, d] = row.map(u64::from);
    vcombine_u32(vcreate_u32(a | b << 32), vcreate_u32(c | d << 32))
}

/// The sum modulo `P` of canonical words.
#[target_feature(enable = "neon")]
#[inline]
fn add(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
    let sum = vaddq_u32(a, b);
    vminq_u32(sum, vsubq_u32(sum, vdupq_n_u32(P as u32)))
}

/// Canonical words from words between `-P` and `P`.
#[target_feature(enable = "neon")]
#[inline]
fn to_canonical(words: int32x4_t) -> uint32x4_t {
    let words = vreinterpretq_u32_s32(words);
    vminq_u32(words, vaddq_u32(words, vdupq_n_u32(P as u32)))
}

/// `a b / 2^32`, where `b_inverse` is `b / P` modulo `2^32`.
#[target_feature(enable = "neon")]
#[inline]
fn multiply(a: int32x4_t, b: int32x4_t, b_inverse: int32x4_t) -> int32x4_t {
    // Upper halves of doubled products. The lower halves are equal, so the difference is even.
    let product = vqdmulhq_s32(a, b);
    let multiple = vqdmulhq_s32(vmulq_s32(a, b_inverse), vdupq_n_s32(P as i32));
    vhsubq_s32(product, multiple)
}

/// `x / P` modulo `2^32`.
#[target_feature(enable = "neon")]
#[inline]
fn times_inverse(x: int32x4_t) -> int32x4_t {
    vmulq_s32(x, vdupq_n_s32(P_INVERSE as i32))
}

/// The seventh powers.
#[target_feature(enable = "neon")]
#[inline]
fn s_box(x: uint32x4_t) -> uint32x4_t {
    let x = vreinterpretq_s32_u32(x);
    let x_inverse = times_inverse(x);
    let x_2 = multiply(x, x, x_inverse);
    let x_3 = multiply(x_2, x, x_inverse);
    let x_4 = multiply(x_2, x_2, times_inverse(x_2));
    to_canonical(multiply(x_4, x_3, times_inverse(x_3)))
}

#[target_feature(enable = "neon")]
#[inline]
fn s_boxes([a, b, c, d]: State) -> State {
    [s_box(a), s_box(b), s_box(c), s_box(d)]
}

/// The external matrix `circ(2 M, M, M, M)` and the next constants.
#[target_feature(enable = "neon")]
#[inline]
fn external_layer([a, b, c, d]: State, next: &Rows) -> State {
    let [a, b, c, d] = [mix(a), mix(b), mix(c), mix(d)];
    let sum = add(add(a, b), add(c, d));
    let end = |row, i: usize| add(add(row, load(&next[i])), sum);
    [end(a, 0), end(b, 1), end(c, 2), end(d, 3)]
}

/// `M = circ(2, 3, 1, 1)`, which is `x_i + 2 x_(i + 1)` and the sum of the row.
#[target_feature(enable = "neon")]
#[inline]
fn mix(x: uint32x4_t) -> uint32x4_t {
    let next = vextq_u32::<1>(x, x);
    let pairs = add(x, next);
    let sum = add(pairs, vextq_u32::<2>(pairs, pairs));
    add(sum, add(pairs, next))
}

/// Returns the words with the next constants.
#[target_feature(enable = "neon")]
#[inline]
fn internal_rounds(mut state: State, constants: &Constants) -> State {
    let first = vgetq_lane_u32::<0>(state[0]).into();
    let mut word_0 = Word0::new(first, sum(&state) - first, constants.internal[0]);
    let all = |word: i64| to_canonical(vdupq_n_s32(word as i32));
    for next_constant in &constants.internal[1..] {
        // Word 0 has no place here: its lane of the diagonal is zero.
        let scaled = [0, 1, 2, 3].map(|i| {
            let row = vreinterpretq_s32_u32(state[i]);
            let [d, d_inverse] = [&constants.diagonal, &constants.diagonal_inverse]
                .map(|rows| vreinterpretq_s32_u32(load(&rows[i])));
            to_canonical(multiply(row, d, d_inverse))
        });
        let [early, late] = word_0.round(sum(&scaled), *next_constant).map(all);
        state = scaled.map(|row| add(add(row, early), late));
    }
    state[0] = vsetq_lane_u32::<0>(word_0.word(), state[0]);
    [0, 1, 2, 3].map(|i| add(state[i], load(&constants.middle[i])))
}

/// The sum of all words.
#[target_feature(enable = "neon")]
#[inline]
fn sum([a, b, c, d]: &State) -> i64 {
    let pairs = [vaddq_u32(*a, *b), vaddq_u32(*c, *d)];
    let [first, second] = pairs.map(|pair| vaddlvq_u32(pair));
    (first + second) as i64
}
