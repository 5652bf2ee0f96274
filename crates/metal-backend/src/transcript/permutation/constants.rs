//! The permutation's constants as the vectors want them.

use std::{array, sync::LazyLock};

use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use p3_baby_bear::{
    BABYBEAR_RC16_EXTERNAL_FINAL, BABYBEAR_RC16_EXTERNAL_INITIAL, BABYBEAR_RC16_INTERNAL,
};

use super::word_0::{centred, P};
use crate::transcript::lanes::{to_word, DIAGONAL, WIDTH};

/// The inverse of `P` modulo `2^32`.
pub(super) const P_INVERSE: u32 = 0x8800_0001;
const _: () = assert!(P_INVERSE.wrapping_mul(P as u32) == 1);

/// Rounds with one S-box.
const N_INTERNAL: usize = BABYBEAR_RC16_INTERNAL.len();

/// A word where it is ready for a lane of a vector.
#[cfg(target_arch = "x86_64")]
pub(super) type Lane = u64;
/// A word where it is ready for a lane of a vector.
#[cfg(target_arch = "aarch64")]
pub(super) type Lane = u32;

/// The words of a state, four in a row: the external matrix mixes each row, and adds the rows' sum.
pub(super) type Rows = [[Lane; 4]; 4];

/// Constants in Montgomery form. Those of a round are added at the end of the round before it.
pub(super) struct Constants {
    /// After the first external layer.
    pub(super) first: Rows,
    /// After each of the first external rounds; none after the last.
    pub(super) before: [Rows; 4],
    /// Of each internal round, from `-P / 2` to `P / 2`, and none after them.
    pub(super) internal: [i64; N_INTERNAL + 1],
    /// The internal matrix is `1 + D`: the words of `D`, and none for word 0.
    pub(super) diagonal: Rows,
    /// `D / P` modulo `2^32`.
    pub(super) diagonal_inverse: Rows,
    /// After the internal rounds.
    pub(super) middle: Rows,
    /// After each of the last external rounds; none after the last.
    pub(super) after: [Rows; 4],
}

impl Constants {
    pub(super) fn get() -> &'static Self {
        static CONSTANTS: LazyLock<Constants> = LazyLock::new(Constants::new);
        &CONSTANTS
    }

    fn new() -> Self {
        let external = |rounds: [[F; WIDTH]; 4]| rounds.map(|round| rows(round.map(to_word)));
        let [first, before @ ..] = external(BABYBEAR_RC16_EXTERNAL_INITIAL);
        let [middle, after @ ..] = external(BABYBEAR_RC16_EXTERNAL_FINAL);
        let and_none = |[a, b, c]: [Rows; 3]| [a, b, c, Rows::default()];

        let internal = BABYBEAR_RC16_INTERNAL.map(|constant| centred(to_word(constant).into()));
        let mut diagonal = DIAGONAL.map(to_word);
        diagonal[0] = 0;
        Self {
            first,
            before: and_none(before),
            internal: array::from_fn(|k| internal.get(k).copied().unwrap_or(0)),
            diagonal: rows(diagonal),
            diagonal_inverse: rows(diagonal.map(|d| d.wrapping_mul(P_INVERSE))),
            middle,
            after: and_none(after),
        }
    }
}

fn rows(words: [u32; WIDTH]) -> Rows {
    array::from_fn(|row| array::from_fn(|i| Lane::from(words[4 * row + i])))
}
