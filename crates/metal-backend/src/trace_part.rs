//! The parts of a trace, each of which is a matrix of its own.

use openvm_stark_backend::keygen::types::StarkVerifyingParams;

/// A part of an AIR's trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TracePart {
    /// The preprocessed trace.
    Preprocessed,
    /// A cached main trace, by its index.
    Cached(u32),
    /// The common main trace.
    Common,
}

impl TracePart {
    /// The parts of an AIR with their widths, in the order of the proof's openings.
    pub fn of_air(params: &StarkVerifyingParams) -> Vec<(Self, usize)> {
        let width = &params.width;
        let common = (Self::Common, width.common_main);
        let preprocessed = width.preprocessed.map(|width| (Self::Preprocessed, width));
        let cached = (0..).zip(&width.cached_mains);
        let cached = cached.map(|(i, &width)| (Self::Cached(i), width));
        [common]
            .into_iter()
            .chain(preprocessed)
            .chain(cached)
            .collect()
    }
}
