//! `observe_sums.wgsl`: what workgroups added up goes into the transcript.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{gpu::kernel, kernels::field, transcript::sponge};

/// The place of a challenge that is not sampled.
pub const NO_PLACE: u32 = u32::MAX;

kernel! {
    /// Adds up what workgroups left of each of several values, observes the sums, and samples a
    /// challenge, if it has a place.
    pub struct ObserveSums("whir observe_sums");
    text(multiply) = [
        field::source(multiply),
        sponge::source(),
        format!("const NO_PLACE: u32 = {NO_PLACE}u;\n"),
        include_str!("observe_sums.wgsl"),
    ];
    workgroup_size = [64, 1, 1];
    bindings ObserveSumsBindings {
        /// The sponge.
        sponge: Write<F>,
        /// The tape.
        tape: Write<F> as "array<vec4<u32>>",
        /// The parts, all values of a workgroup beside each other.
        partials: Read<EF>,
    }
    params ObserveSumsParams {
        /// Workgroups that left something.
        n_partials,
        /// Values that each left.
        n_values,
        /// Place of the sums on the tape.
        place,
        /// Place of the challenge, or [`NO_PLACE`].
        sample_place,
    }
    grid(_) = [1, 1, 1];
}
