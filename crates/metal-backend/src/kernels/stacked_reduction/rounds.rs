//! `rounds.wgsl`: runs rounds in one workgroup.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::sumcheck;
use crate::{
    gpu::{kernel, Element},
    kernels::field,
    transcript::sponge,
};

/// Words of the tape that a round has: two observed elements, and its challenge.
pub const ROUND_WORDS: u32 = 3 * EF::WORDS as u32;

kernel! {
    /// Runs rounds of the sumcheck in one workgroup, transcript included.
    pub struct ProductRounds("stacked_reduction rounds");
    text(multiply) = [
        field::source(multiply),
        sponge::source(),
        sumcheck::source(),
        format!("const ROUND_WORDS: u32 = {ROUND_WORDS}u;\n"),
        include_str!("rounds.wgsl"),
    ];
    workgroup_size = [256, 1, 1];
    bindings ProductRoundsBindings {
        /// The transcript's sponge.
        sponge: Write<F>,
        /// The transcript's tape.
        tape: Write<F>,
        /// The pairs, which every fold moves to the other buffer.
        pairs_a: Write<EF>,
        /// The other buffer.
        pairs_b: Write<EF>,
        /// What `ProductRoundSums` leaves.
        sums: Read<EF>,
    }
    params ProductRoundsParams {
        /// Number of pairs before folding.
        n_pairs,
        /// Number of rounds.
        n_rounds,
        /// A `SumcheckMode`, what the first round does.
        first_mode,
        /// Number of workgroups whose sums it takes.
        n_sums,
        /// Whether to fold after the last round: 1 or 0.
        is_folded_last,
        /// Place of the first round on the tape, in words.
        place,
        /// Number of openings to observe at the end.
        n_openings,
        /// Their place, likewise.
        openings_place,
    }
    grid(_) = [1, 1, 1];
}
