//! The kernels of the fractional sumcheck; `constraints/logup_gkr` says what they do together.
//!
//! Fractions are two arrays of extension elements, numerators `p` and denominators `q`, in natural
//! order. Places on the tape are counted in extension elements.

mod challenge;
mod level;
mod round;
mod tail;

pub use challenge::{GkrChallenge, GkrChallengeBindings, GkrChallengeParams};
pub use level::{GkrLevel, GkrLevelBindings, GkrLevelParams};
pub use round::{GkrRound, GkrRoundBindings, GkrRoundParams, RoundInput};
pub use tail::{GkrTail, GkrTailBindings, GkrTailParams};

use crate::gpu::{KernelText, Multiply};

/// The libraries that the rounds' kernels share.
const SUMS: &str = include_str!("sums.wgsl");
const ROUNDS: &str = include_str!("rounds.wgsl");

/// Threads of a workgroup of each of them.
pub const WORKGROUP_SIZE: u32 = 256;

/// The texts of all of them.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    [
        KernelText::all::<GkrLevel>(multiply),
        KernelText::all::<GkrRound>(multiply),
        KernelText::all::<GkrChallenge>(multiply),
        KernelText::all::<GkrTail>(multiply),
    ]
    .concat()
}
