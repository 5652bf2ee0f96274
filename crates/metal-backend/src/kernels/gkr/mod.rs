//! The kernels of the fractional sumcheck; `constraints/logup_gkr` says what they do together.
//!
//! Fractions are two arrays, numerators `p` and denominators `q`, in tiles (`tiles.wgsl`). Places on the
//! tape are counted in extension elements.

mod challenges;
mod levels;
mod pass;
mod tail;

pub use challenges::{GkrChallenges, GkrChallengesBindings, GkrChallengesParams};
pub use levels::{GkrLevels, GkrLevelsBindings, GkrLevelsParams};
pub use pass::{GkrPass, GkrPassBindings, GkrPassParams, PassInput};
pub use tail::{GkrTail, GkrTailBindings, GkrTailParams};

use crate::gpu::{KernelText, Multiply};

/// Where fractions lie, for every kernel that reads or writes them.
pub const TILES: &str = include_str!("tiles.wgsl");
/// Fractions of a tile.
pub const TILE: usize = 256;

/// The libraries that the rounds' kernels share.
const SUMS: &str = include_str!("sums.wgsl");
const GRID: &str = include_str!("grid.wgsl");
const ROUNDS: &str = include_str!("rounds.wgsl");

/// Threads of a workgroup of each of them.
pub const WORKGROUP_SIZE: u32 = 256;

/// Field multiplications of a product of two extension elements, about.
const EXTENSION_PRODUCT: u64 = 11;

/// The field of an array's numerators; denominators are extension elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numerators {
    /// Base elements: the input layer's, which are multiplicities.
    Base,
    /// Extension elements: those of every layer above.
    Extension,
}

impl Numerators {
    /// Both fields.
    pub const ALL: [Self; 2] = [Self::Base, Self::Extension];

    /// Words of a numerator.
    pub const fn words(self) -> usize {
        match self {
            Self::Base => 1,
            Self::Extension => 4,
        }
    }

    /// The text that computes with them, after a field text.
    fn text(self) -> &'static str {
        match self {
            Self::Base => include_str!("numerators_base.wgsl"),
            Self::Extension => include_str!("numerators_extension.wgsl"),
        }
    }
}

/// The place of fraction `i` in its array, as in `tiles.wgsl`.
pub const fn tiled(i: usize) -> usize {
    (i & !(TILE - 1)) | ((i & 31) << 3) | ((i >> 5) & 7)
}

/// The texts of all of them.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    [
        KernelText::all::<GkrLevels>(multiply),
        KernelText::all::<GkrPass>(multiply),
        KernelText::all::<GkrChallenges>(multiply),
        KernelText::all::<GkrTail>(multiply),
    ]
    .concat()
}
