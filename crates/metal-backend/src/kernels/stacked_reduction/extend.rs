//! `extend.wgsl`: replaces groups by their slices.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::SEARCH;
use crate::{
    gpu::{kernel, row},
    kernels::field,
};

/// What some new pairs are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairSource {
    /// Old pairs.
    Pairs = 0,
    /// Values of slices.
    Slices = 1,
    /// Nothing: no slice covers them.
    Zeros = 2,
}

impl PairSource {
    /// The constants in the kernel's text.
    fn constants() -> String {
        let (pairs, slices) = (Self::Pairs as u32, Self::Slices as u32);
        format!("const PAIRS: u32 = {pairs}u;\nconst SLICES: u32 = {slices}u;\n")
    }
}

row! {
    /// Some new pairs, one after the other.
    pub struct ExtendPiece as "Piece" {
        /// The first one.
        first_pair,
        /// A `PairSource`.
        source,
        /// The first old pair, or the first slice, counted over those whose values there are.
        first,
        /// Of slices: the first one, counted over all.
        first_slice,
        /// Of slices: the old pair of their group.
        group_pair,
    }
}

kernel! {
    /// Writes the new pairs of the sumcheck that its pieces ask for.
    pub struct ExtendPairs("stacked_reduction extend");
    text(multiply) = [
        field::source(multiply),
        PairSource::constants(),
        SEARCH,
        include_str!("extend.wgsl"),
    ];
    workgroup_size = [256, 1, 1];
    bindings ExtendBindings {
        /// The pieces of the new pairs.
        pieces: Read<ExtendPiece>,
        /// The weight of every slice.
        powers: Read<EF>,
        /// The values of slices, each in parts.
        slice_sums: Read<EF>,
        /// The old pairs.
        pairs: Read<EF>,
        /// The new ones.
        extended: Write<EF>,
    }
    params ExtendParams {
        /// Number of new pairs.
        n_pairs,
        /// Number of pieces.
        n_pieces,
        /// Parts of a slice's value.
        n_chunks,
    }
    grid(params) = threads(params.n_pairs);
}
