//! `interaction_fold.wgsl`: the fractions of interactions.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::expressions::{n_lane_groups, numerator_fold, Form, WORKGROUP_SIZE};
use crate::{
    gpu::{kernel, row, JobRow},
    kernels::{
        field,
        gkr::TILES,
        jobs::{self, Job, JobRange},
    },
};

row! {
    /// Interactions of one plan whose fractions lie in one block of the input layer.
    pub struct InteractionFoldJob as "Job" {
        /// Place of the first interaction's slice.
        first_slice,
        /// Number of interactions.
        n_slices,
        /// Place of the first slot's first value.
        first_value,
        /// Lanes, values from one slot to the next.
        n_lanes,
        /// Rows; what the lanes have beyond is not kept.
        n_rows,
        /// Place of the weight that every interaction starts from.
        initial,
        /// Place of the plan's first weight.
        first_weight,
        /// Where the first interaction's first row goes in the block.
        layer_start,
        /// From one interaction to the next there.
        height,
    }
}

impl Job for InteractionFoldJob {
    fn n_workgroups(&self) -> u64 {
        u64::from(self.n_slices) * n_lane_groups(self.n_lanes as usize) as u64
    }
}

kernel! {
    /// Writes denominators of interactions to a block of the input layer.
    pub struct InteractionFold("interaction_fold");
    text(multiply, form: Form, of Form::ALL) = [
        field::source(multiply),
        TILES,
        form.sums(),
        form.fold(),
        jobs::TEXT,
        include_str!("interaction_fold.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings InteractionFoldBindings {
        /// The tables of plans, and for the slices of a plan where each begins in there, and where the last
        /// one ends.
        table: Read<u32>,
        /// The slots.
        values: Read<EF> as "array<Value>",
        /// The weights of all plans.
        weights: Read<EF>,
        /// The denominators of the block.
        layer: Write<EF>,
        /// The stage's jobs.
        jobs: Read<JobRow<InteractionFoldJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}

kernel! {
    /// Writes numerators of interactions to a block of the input layer. Their weights are base elements.
    pub struct NumeratorFold("numerator_fold");
    text(multiply) = [
        field::source(multiply),
        TILES,
        numerator_fold(),
        jobs::TEXT,
        include_str!("interaction_fold.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings NumeratorFoldBindings {
        /// As for denominators.
        table: Read<u32>,
        /// The slots.
        values: Read<EF> as "array<Value>",
        /// The weights of all plans.
        weights: Read<EF>,
        /// The numerators of the block.
        layer: Write<F>,
        /// The stage's jobs.
        jobs: Read<JobRow<InteractionFoldJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}
