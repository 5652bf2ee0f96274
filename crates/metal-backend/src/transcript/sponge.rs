//! `sponge.wgsl`: the transcript's duplex sponge, a library for kernels that observe and sample.
//!
//! A kernel puts [`source`] after the field's text and declares the binding `sponge`; the text's
//! head says how its functions are called. The buffer behind the binding is made by
//! [`DeviceSponge`](super::DeviceSponge).

use std::sync::LazyLock;

use super::lanes;
pub use super::lanes::{from_word, to_word, WIDTH};

/// Words that a sponge absorbs before each permutation.
pub const RATE: usize = 8;
/// Words of the buffer that change: the state, the two indices, the note, and one unused. The
/// constants of [`lanes`] follow.
pub const STATE_WORDS: usize = 20;

/// Those of the first subgroup, on GPUs whose subgroups have as many.
const N_LANES: usize = 32;

/// The library's text, the same for both forms of the field.
pub fn source() -> &'static str {
    static SOURCE: LazyLock<String> =
        LazyLock::new(|| lanes::source(N_LANES) + include_str!("sponge.wgsl"));
    &SOURCE
}
