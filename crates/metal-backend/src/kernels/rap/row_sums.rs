//! `row_sums.wgsl`: the weighted sums over rows of the outputs of plans.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::expressions::{n_lane_groups, Form, WORKGROUP_SIZE};
use crate::{
    gpu::{kernel, row, JobRow},
    kernels::{
        field,
        jobs::{self, Job, JobRange},
    },
};

row! {
    /// All outputs of one plan, on a band of rows.
    pub struct RowSumsJob as "Job" {
        /// Place of the first slice.
        first_slice,
        /// Place of the first slot's first value.
        first_value,
        /// Lanes of all points, for the numerators and denominators: values from one slot to the next.
        n_lanes,
        /// Lanes of the constraints' points, which are the first.
        constraint_lanes,
        /// Slices of the constraints.
        constraint_slices,
        /// Slices of the numerators.
        numerator_slices,
        /// Slices of the denominators.
        denominator_slices,
        /// Place of the constraints' first weight.
        constraint_weights,
        /// Place of the numerators' first weight.
        numerator_weights,
        /// Place of the denominators' first weight.
        denominator_weights,
        /// Logarithm of the lanes of a point.
        log_point_lanes,
        /// Rows of a point; what its lanes have beyond is padding.
        n_rows,
        /// Place of the first row's value of eq.
        eq_start,
        /// Place of the first partial sum.
        partial_start,
        /// Groups of lanes of a point.
        n_lane_groups,
        /// Whether the partial sums are written, 1, or added to, 0.
        is_first,
    }
}

impl Job for RowSumsJob {
    fn n_workgroups(&self) -> u64 {
        let n_slices = [
            self.constraint_slices,
            self.numerator_slices,
            self.denominator_slices,
        ];
        let n_slices: u64 = n_slices.map(u64::from).iter().sum();
        n_slices * n_lane_groups(self.n_lanes as usize) as u64
    }
}

kernel! {
    /// Writes the partial sums of all outputs of plans.
    pub struct RowSums("row_sums");
    text(multiply, form: Form, of Form::ALL) = [
        field::source(multiply),
        form.sums(),
        form.rows(),
        jobs::TEXT,
        include_str!("row_sums.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings RowSumsBindings {
        /// The tables of plans, and for the slices of a plan where each begins in there, and where the last
        /// one ends.
        table: Read<u32>,
        /// The slots.
        values: Read<EF> as "array<Value>",
        /// The weights of all outputs.
        weights: Read<EF>,
        /// Values of eq.
        eq: Read<EF>,
        /// The partial sums.
        partials: Write<EF>,
        /// The stage's jobs.
        jobs: Read<JobRow<RowSumsJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}
