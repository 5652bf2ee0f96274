//! `open_columns.wgsl`: columns at the point of the batch sumcheck.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{
        field,
        jobs::{self, kernel_job, Job, JobRange},
    },
};

kernel_job! {
    /// The columns of a block.
    OpenJob {
        /// Place of the first column.
        source_start,
        /// Rows of the trace, a power of two.
        height,
        /// Number of columns.
        n_columns,
        /// Chunks of `2^l_skip` rows, a power of two; at `n_chunks` begin the values of eq.
        n_chunks,
        /// Chunks of a group, which divide `n_chunks`.
        group_len,
        /// Number of groups that a column is cut into.
        n_groups,
        /// Place of the first share of the first column.
        first_share,
        /// Openings of a column: 2 with its rotation, 1 without.
        per_column,
    }
}

impl Job for OpenJob {
    fn row(&self) -> Vec<u32> {
        self.words()
    }

    fn n_workgroups(&self) -> u64 {
        u64::from(self.n_columns) * u64::from(self.n_groups)
    }
}

/// The largest `l_skip` for which the texts are listed.
const MAX_LISTED_LOG_SKIP: usize = 6;

/// Name and text of the kernel, for every usual `l_skip`.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let source = |l_skip| source_for(l_skip, multiply);
    (0..=MAX_LISTED_LOG_SKIP).map(source).collect()
}

/// Name and text of the kernel for one `l_skip`.
pub fn source_for(l_skip: usize, multiply: Multiply) -> (String, String) {
    (format!("open_columns {l_skip}"), source(l_skip, multiply))
}

fn source(l_skip: usize, multiply: Multiply) -> String {
    let log_skip = format!("const LOG_SKIP: u32 = {l_skip}u;\n");
    [
        OpenJob::WGSL,
        jobs::TEXT,
        &log_skip,
        field::source(multiply),
        include_str!("open_columns.wgsl"),
    ]
    .concat()
}

/// The point that columns are opened at.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// The Lagrange polynomials of the skip domain at `r_0`.
    pub lagrange: &'a Buffer<EF>,
    /// eq at the other coordinates, a tree of the first ones.
    pub eq: &'a Buffer<EF>,
}

/// The kernel.
pub struct Openings {
    open: Arc<Pipeline>,
}

impl Openings {
    /// Compiles the kernel for `2^l_skip` points in the skip domain.
    pub fn new(gpu: &Gpu, l_skip: usize) -> Result<Self, GpuError> {
        Ok(Self {
            open: gpu.pipeline("open_columns", source(l_skip, gpu.multiply()))?,
        })
    }

    /// Writes the groups' shares of the openings of columns.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        columns: &Buffer<F>,
        point: Point<'_>,
        shares: &Buffer<EF>,
        (jobs, range): (&Buffer<u32>, JobRange),
    ) {
        if range.is_empty() {
            return;
        }
        let bindings = [
            columns.binding(),
            point.eq.binding(),
            point.lagrange.binding(),
            shares.binding(),
            jobs.binding(),
        ];
        recorder.dispatch(&self.open, &bindings, &range.params(), range.grid());
    }
}
