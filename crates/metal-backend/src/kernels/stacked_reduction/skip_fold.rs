//! `skip_fold.wgsl`: folds the skip domain at u_0.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::SEARCH;
use crate::{
    gpu::{kernel, row},
    kernels::field,
};

/// Instead of the number of a term, if there is none.
pub const NO_TERM: u32 = u32::MAX;

row! {
    /// Slices whose claims have the same kernel, combined.
    pub struct SkipFoldGroup as "Group" {
        /// The first of its pairs.
        first_pair,
        /// Number of its pairs, a power of two.
        n_pairs,
        /// Number of its kernel's term.
        kernel_term,
        /// Number of its rotation's term, or `NO_TERM`.
        rotation_term,
    }
}

kernel! {
    /// Computes the pairs of one band: the groups' combinations and kernels at u_0.
    pub struct SkipFold("stacked_reduction skip_fold");
    text(multiply) = [
        field::source(multiply),
        format!("const NO_TERM: u32 = {NO_TERM}u;\n"),
        SEARCH,
        include_str!("skip_fold.wgsl"),
    ];
    workgroup_size = [256, 1, 1];
    bindings SkipFoldBindings {
        /// The band's rows of the groups' combinations.
        combined: Read<EF>,
        /// As `EqTable` leaves it.
        eq_table: Read<EF>,
        /// As `Round0Scalars` leaves them.
        scalars: Read<EF>,
        /// All groups.
        groups: Read<SkipFoldGroup>,
        /// The pairs of all bands.
        pairs: Write<EF>,
    }
    params SkipFoldParams {
        /// Number of pairs.
        n_pairs,
        /// The first one, which the band begins with.
        first_pair,
        /// Logarithm of the skip domain's size.
        log_skip,
        /// Number of groups.
        n_groups,
    }
    grid(params) = threads(params.n_pairs);
}
