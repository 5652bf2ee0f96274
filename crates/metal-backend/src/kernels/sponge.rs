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
/// Words of the buffer that change: the state, the two indices, the note, and one unused.
pub const STATE_WORDS: usize = 20;

/// The library's text, the same for both forms of the field.
pub fn source() -> &'static str {
    include_str!("sponge.wgsl")
}

/// What stands in the buffer after the first [`STATE_WORDS`] words: the permutation's constants.
pub fn constants() -> Vec<F> {
    let mut constants = BABYBEAR_RC16_EXTERNAL_INITIAL.as_flattened().to_vec();
    constants.extend_from_slice(BABYBEAR_RC16_EXTERNAL_FINAL.as_flattened());
    constants.extend_from_slice(&diagonal());
    constants.extend_from_slice(&BABYBEAR_RC16_INTERNAL);
    constants
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
