//! `virtual_columns.wgsl`: the slots that are computed from other slots.

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
    /// Some virtual columns of one plan.
    pub struct VirtualColumnsJob as "Job" {
        /// Place of the first slice.
        first_slice,
        /// Number of slices.
        n_slices,
        /// Place of the first slot's first value.
        first_value,
        /// Lanes, values from one slot to the next.
        n_lanes,
    }
}

impl Job for VirtualColumnsJob {
    fn n_workgroups(&self) -> u64 {
        u64::from(self.n_slices) * n_lane_groups(self.n_lanes as usize) as u64
    }
}

kernel! {
    /// Computes the virtual columns of plans.
    pub struct VirtualColumns("virtual_columns");
    text(multiply, form: Form, of Form::ALL) = [
        field::source(multiply),
        form.sums(),
        jobs::TEXT,
        include_str!("virtual_columns.wgsl"),
    ];
    workgroup_size = [WORKGROUP_SIZE, 1, 1];
    bindings VirtualColumnsBindings {
        /// The tables of plans, and for the slices of a plan where each begins in there, and where the last
        /// one ends.
        table: Read<u32>,
        /// The slots.
        values: Write<EF> as "array<Value>",
        /// The stage's jobs.
        jobs: Read<JobRow<VirtualColumnsJob>>,
    }
    params JobRange;
    grid(range) = range.grid();
}
