//! `sponge.wgsl`: the transcript's duplex sponge, a library for kernels that observe and sample.
//!
//! A kernel puts [`source`] after the field's text and declares the binding `sponge`; the text's
//! head says how its functions are called. The buffer behind the binding is made by
//! [`crate::transcript::DeviceSponge`].

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, PrimeField32};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use p3_baby_bear::{
    BABYBEAR_RC16_EXTERNAL_FINAL, BABYBEAR_RC16_EXTERNAL_INITIAL, BABYBEAR_RC16_INTERNAL,
};

pub use super::poseidon2::RATE;

/// Words of the sponge's state.
pub const WIDTH: usize = 16;
const N_INTERNAL: usize = BABYBEAR_RC16_INTERNAL.len();
/// Words of the buffer that change: the state, the two indices, the note, and one unused.
pub const STATE_WORDS: usize = 20;

/// The library's text, the same for both forms of the field.
pub fn source() -> &'static str {
    include_str!("sponge.wgsl")
}

/// What stands in the buffer after the first [`STATE_WORDS`] words: the permutation's constants, in
/// rows of a word for each lane.
///
/// The kernel keeps `u_k = sum of the words 1 to 15` of internal round `k`, not the words, and would
/// add the constant of round `k + 1` to `u_k`. As all that follows is linear, what the larger `s_k`
/// then does to later sums and words is subtracted here, from what they start with. The first
/// constants after the internal rounds go the same way.
pub fn constants() -> Vec<F> {
    let [before, after] = [
        BABYBEAR_RC16_EXTERNAL_INITIAL,
        BABYBEAR_RC16_EXTERNAL_FINAL,
    ];
    let d = diagonal();
    let column_power = |i: usize, k: usize| d[i].exp_u64(k as u64);
    let power_sum = |k: usize| (1..WIDTH).map(|i| column_power(i, k)).sum::<F>();
    // The constant that u_k holds.
    let in_sum = |k: usize| match BABYBEAR_RC16_INTERNAL.get(k + 1) {
        Some(constant) => *constant,
        None => after[0][0],
    };

    let mut first_sums = [F::ZERO; WIDTH];
    for k in 0..N_INTERNAL {
        let earlier = |j: usize| power_sum(k - 1 - j) * in_sum(j);
        first_sums[k] = in_sum(k) - (0..k).map(earlier).sum::<F>();
    }
    first_sums[N_INTERNAL] = BABYBEAR_RC16_INTERNAL[0];

    let mut words = [F::ZERO; WIDTH];
    for i in 1..WIDTH {
        let added = |k: usize| column_power(i, N_INTERNAL - 1 - k) * in_sum(k);
        let rest = after[0][i] - (0..N_INTERNAL).map(added).sum::<F>();
        words[i] = rest / column_power(i, N_INTERNAL);
    }

    // The first sums and, below them, word 0, from the words before the last external layer.
    let start = |row: usize, column: usize| match row {
        N_INTERNAL => external(0, column),
        0..N_INTERNAL => (1..WIDTH)
            .map(|i| column_power(i, row) * external(i, column))
            .sum(),
        _ => F::ZERO,
    };

    let mut constants = before.as_flattened().to_vec();
    constants.extend(words);
    constants.extend_from_slice(after[1..].as_flattened());
    constants.extend([F::ZERO; WIDTH]);
    constants.extend(d);
    constants.extend(first_sums);
    constants.extend((0..WIDTH).flat_map(|column| (0..WIDTH).map(move |row| start(row, column))));
    constants
}

/// An entry of the external matrix `circ(2 M, M, M, M)` with `M = circ(2, 3, 1, 1)`.
fn external(row: usize, column: usize) -> F {
    let entry = [2, 3, 1, 1][(column + WIDTH - row) % 4];
    F::from_usize(if row / 4 == column / 4 { 2 * entry } else { entry })
}

/// The element that is kept in memory as the word `integer`, which is less than the field's order.
///
/// Integers travel between field elements in this way.
pub fn from_word(integer: u32) -> F {
    F::from_u32(integer) / F::from_u64(1 << 32)
}

/// The word that an element is kept in memory as: the inverse of [`from_word`].
pub fn to_word(element: F) -> u32 {
    (element * F::from_u64(1 << 32)).as_canonical_u32()
}

/// The diagonal `D` of the internal matrix `1 + D`.
fn diagonal() -> [F; WIDTH] {
    let inverse_power = |k| F::TWO.inverse().exp_u64(k);
    [
        -F::TWO,
        F::ONE,
        F::TWO,
        inverse_power(1),
        F::from_u32(3),
        F::from_u32(4),
        -inverse_power(1),
        -F::from_u32(3),
        -F::from_u32(4),
        inverse_power(8),
        inverse_power(2),
        inverse_power(3),
        inverse_power(27),
        -inverse_power(8),
        -inverse_power(4),
        -inverse_power(27),
    ]
}
