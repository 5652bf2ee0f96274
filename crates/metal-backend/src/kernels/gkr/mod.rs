//! The kernels of the fractional sumcheck; `constraints/logup_gkr` says what they do together.
//!
//! Fractions are two arrays of extension elements, numerators `p` and denominators `q`, in natural
//! order. Places on the tape are counted in extension elements.

pub mod challenge;
pub mod level;
pub mod round;
pub mod tail;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::gpu::{Buffer, KernelText, Multiply};

/// The libraries that the rounds' kernels share.
const SUMS: &str = include_str!("sums.wgsl");
const ROUNDS: &str = include_str!("rounds.wgsl");

/// Threads of a workgroup of each of them.
pub const WORKGROUP_SIZE: u32 = 256;

/// Contiguous fractions in one binding each.
#[derive(Clone, Copy, Debug)]
pub struct FractionBlock<'a> {
    /// Numerators.
    pub p: &'a Buffer<EF>,
    /// Denominators.
    pub q: &'a Buffer<EF>,
}

/// The texts of all of them.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    [
        KernelText::all::<level::GkrLevel>(multiply),
        KernelText::all::<round::GkrRound>(multiply),
        KernelText::all::<challenge::GkrChallenge>(multiply),
        KernelText::all::<tail::GkrTail>(multiply),
    ]
    .concat()
}
