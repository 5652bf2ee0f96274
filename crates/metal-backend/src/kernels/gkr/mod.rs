//! The kernels of the fractional sumcheck; `constraints/logup_gkr` says what they do together.
//!
//! Fractions are two arrays of extension elements, numerators `p` and denominators `q`, in natural
//! order. Places on the tape are counted in extension elements.

pub mod challenge;
pub mod level;
pub mod round;
pub mod tail;

use crate::gpu::{Buffer, Multiply};
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

/// The libraries that the rounds' kernels share, for workgroups of [`WORKGROUP_SIZE`] threads.
const SUMS: &str = concat!("const N_THREADS: u32 = 256u;\n", include_str!("sums.wgsl"));
const ROUNDS: &str = include_str!("rounds.wgsl");

/// Threads of a workgroup, as in `sums.wgsl`.
pub const WORKGROUP_SIZE: u32 = 256;

/// Contiguous fractions in one binding each.
#[derive(Clone, Copy, Debug)]
pub struct FractionBlock<'a> {
    /// Numerators.
    pub p: &'a Buffer<EF>,
    /// Denominators.
    pub q: &'a Buffer<EF>,
}

/// Name and text of all of them.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    vec![
        ("gkr_level".to_owned(), level::source(multiply)),
        ("gkr_round".to_owned(), round::source(multiply, false)),
        ("gkr_fold_round".to_owned(), round::source(multiply, true)),
        ("gkr_challenge".to_owned(), challenge::source(multiply)),
        ("gkr_tail".to_owned(), tail::source(multiply)),
    ]
}
