//! The constraint compiler's kernels: virtual columns, and weighted sums of sums.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    constraints::compile::kernel::{text, Form, Mode, STRAIGHT_LINE, WORKGROUP_SIZE},
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{
        field, flat_grid,
        jobs::{Job, JobRange},
    },
};

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let kinds = Form::ALL
        .into_iter()
        .flat_map(|form| Mode::ALL.map(|mode| (form, mode)));
    kinds
        .map(|(form, mode)| {
            (
                format!("{mode:?} in {form:?} form"),
                source(form, mode, multiply),
            )
        })
        .collect()
}

fn source(form: Form, mode: Mode, multiply: Multiply) -> String {
    [field::source(multiply), &text(form, mode, STRAIGHT_LINE)].join("\n")
}

/// Consecutive slices of a plan's table, which has them itself: from place `first` on, where each begins
/// in the table, and where the last one ends.
#[derive(Clone, Copy, Debug)]
pub struct Slices {
    first: usize,
    count: usize,
}

impl Slices {
    /// `count` slices, of which place `first` of the table is the first.
    pub fn new(first: usize, count: usize) -> Self {
        Self { first, count }
    }

    /// Number of slices.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Where the values of a plan's slots lie: `stride` vectors a slot, of which `n_lanes` are in use.
///
/// A vector is four rows of base elements, or one row of an extension element.
#[derive(Clone, Copy, Debug)]
pub struct Slots<'a> {
    /// The values.
    pub buffer: &'a Buffer<EF>,
    /// Vectors from one slot to the next.
    pub stride: usize,
    /// Vectors of a slot that are to be computed.
    pub n_lanes: usize,
}

/// The slots of one plan among those of others: `n_lanes` vectors a slot, one slot after the other.
#[derive(Clone, Copy, Debug)]
pub struct SlotPlace {
    /// Place of the first vector.
    pub start: usize,
    /// Vectors of a slot.
    pub n_lanes: usize,
}

/// The slices of a plan's outputs: those of the constraints, then the numerators', then the
/// denominators'.
#[derive(Clone, Copy, Debug)]
pub struct OutputSlices {
    /// All of them.
    pub slices: Slices,
    /// How many there are of each kind.
    pub counts: [usize; 3],
}

/// Some virtual columns of one plan.
#[derive(Clone, Copy, Debug)]
pub struct ColumnJob {
    /// Their sums.
    pub slices: Slices,
    /// What they read and write.
    pub slots: SlotPlace,
}

/// The weighted sums over rows of all outputs of one plan.
#[derive(Clone, Copy, Debug)]
pub struct ReductionJob {
    /// The outputs.
    pub outputs: OutputSlices,
    /// What they read.
    pub slots: SlotPlace,
    /// Where the weights of the constraints, of the numerators and of the denominators begin.
    pub weight_starts: [usize; 3],
    /// Place of the first row's value of eq.
    pub eq_start: usize,
    /// Lanes of a point, a power of two.
    pub point_lanes: usize,
    /// Rows of a point.
    pub n_rows: usize,
    /// Points at which the constraints are wanted, the first of them.
    pub n_constraint_points: usize,
    /// Place of the first partial sum.
    pub partial_start: usize,
    /// Whether this is the first band; the others add to its sums.
    pub is_first: bool,
}

/// What the jobs of a reduction read and write, beside the slots.
#[derive(Clone, Copy, Debug)]
pub struct ReductionBuffers<'a> {
    /// The weights of all outputs.
    pub weights: &'a Buffer<EF>,
    /// Values of eq.
    pub eq: &'a Buffer<EF>,
    /// The partial sums.
    pub partials: &'a Buffer<EF>,
}

/// The jobs of one dispatch, whose plans are in one table.
#[derive(Clone, Copy, Debug)]
pub struct PlanJobs<'a> {
    /// The table of the plans, with their slices.
    pub plans: &'a Buffer<u32>,
    /// The slots of all of them.
    pub slots: &'a Buffer<EF>,
    /// The stage's jobs.
    pub jobs: &'a Buffer<u32>,
    /// Those of the dispatch.
    pub range: JobRange,
}

impl ColumnJob {
    fn words_with_stride(&self, stride: usize) -> [u32; 5] {
        let words = [
            self.slices.first,
            self.slices.count,
            self.slots.start,
            self.slots.n_lanes,
            stride,
        ];
        words.map(|word| word as u32)
    }
}

impl Job for ColumnJob {
    fn row(&self) -> Vec<u32> {
        self.words_with_stride(self.slots.n_lanes).into()
    }

    fn n_workgroups(&self) -> u64 {
        (self.slices.count * n_lane_groups(self.slots.n_lanes)) as u64
    }
}

impl Job for ReductionJob {
    fn row(&self) -> Vec<u32> {
        let [constraints, numerators, denominators] = self.outputs.counts;
        let words = [
            self.outputs.slices.first,
            self.slots.start,
            self.slots.n_lanes,
            self.n_constraint_points * self.point_lanes,
            constraints,
            numerators,
            denominators,
            self.weight_starts[0],
            self.weight_starts[1],
            self.weight_starts[2],
            self.point_lanes.ilog2() as usize,
            self.n_rows,
            self.eq_start,
            self.partial_start,
            n_lane_groups(self.point_lanes),
            self.is_first.into(),
        ];
        words.map(|word| word as u32).into()
    }

    fn n_workgroups(&self) -> u64 {
        (self.outputs.slices.count * n_lane_groups(self.slots.n_lanes)) as u64
    }
}

/// The kernels of one form.
pub struct Expressions {
    columns: Arc<Pipeline>,
    reduced: Arc<Pipeline>,
}

impl Expressions {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu, form: Form) -> Result<Self, GpuError> {
        Ok(Self {
            columns: pipeline(gpu, form, Mode::Columns)?,
            reduced: pipeline(gpu, form, Mode::Reduced)?,
        })
    }

    /// Computes the virtual columns of `slices`.
    pub fn record_columns(
        &self,
        recorder: &mut Recorder<'_>,
        table: &Buffer<u32>,
        slices: &Slices,
        slots: Slots<'_>,
    ) {
        let job = ColumnJob {
            slices: *slices,
            slots: SlotPlace {
                start: 0,
                n_lanes: slots.n_lanes,
            },
        };
        let bindings = [
            table.binding(),
            slots.buffer.binding(),
            // No jobs are read.
            table.binding(),
        ];
        let [first_slice, n_slices, first_value, n_lanes, stride] =
            job.words_with_stride(slots.stride);
        let params = [0, 0, 0, first_slice, n_slices, first_value, n_lanes, stride];
        let grid = flat_grid(job.n_workgroups(), 1);
        if n_slices > 0 {
            recorder.dispatch(&self.columns, &bindings, &params, grid);
        }
    }

    /// Computes the virtual columns of several plans.
    pub fn record_column_jobs(&self, recorder: &mut Recorder<'_>, jobs: PlanJobs<'_>) {
        if jobs.range.is_empty() {
            return;
        }
        let bindings = [
            jobs.plans.binding(),
            jobs.slots.binding(),
            jobs.jobs.binding(),
        ];
        let [first_job, n_jobs] = jobs.range.params();
        let params = [first_job, n_jobs, 0, 0, 0, 0, 0, 0];
        recorder.dispatch(&self.columns, &bindings, &params, jobs.range.grid());
    }

    /// Writes the partial sums of all outputs of several plans, see `reduced.wgsl`.
    pub fn record_reductions(
        &self,
        recorder: &mut Recorder<'_>,
        jobs: PlanJobs<'_>,
        buffers: ReductionBuffers<'_>,
    ) {
        if jobs.range.is_empty() {
            return;
        }
        let bindings = [
            jobs.plans.binding(),
            jobs.slots.binding(),
            buffers.weights.binding(),
            buffers.eq.binding(),
            buffers.partials.binding(),
            jobs.jobs.binding(),
        ];
        let (params, grid) = (jobs.range.params(), jobs.range.grid());
        recorder.dispatch(&self.reduced, &bindings, &params, grid);
    }
}

/// The weights of a fold.
#[derive(Clone, Copy, Debug)]
pub struct FoldWeights<'a> {
    /// Those of this plan, and others.
    pub values: &'a Buffer<EF>,
    /// Place of this plan's first one.
    pub first: usize,
    /// Place of what every slice starts from.
    pub initial: usize,
}

/// The kernel that keeps the sums of every row and slice.
pub struct Folds {
    fold: Arc<Pipeline>,
}

impl Folds {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu, form: Form) -> Result<Self, GpuError> {
        Ok(Self {
            fold: pipeline(gpu, form, Mode::Fold)?,
        })
    }

    /// Writes, for every slice, what it starts from and the weighted sums to `totals`, see
    /// `fold.wgsl`.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        table: &Buffer<u32>,
        slices: &Slices,
        slots: Slots<'_>,
        weights: FoldWeights<'_>,
        totals: &Buffer<EF>,
    ) {
        let bindings = [
            table.binding(),
            slots.buffer.binding(),
            weights.values.binding(),
            totals.binding(),
        ];
        let params = [
            slots.n_lanes,
            slots.stride,
            slices.first,
            slices.count,
            weights.initial,
            weights.first,
        ];
        let params = params.map(|param| param as u32);
        let n_workgroups = slices.count * n_lane_groups(slots.n_lanes);
        let grid = flat_grid(n_workgroups as u64, 1);
        if n_workgroups > 0 {
            recorder.dispatch(&self.fold, &bindings, &params, grid);
        }
    }
}

/// The groups of lanes of a point, each of which has one partial sum for every slice.
pub fn n_lane_groups(point_lanes: usize) -> usize {
    point_lanes.div_ceil(WORKGROUP_SIZE as usize)
}

fn pipeline(gpu: &Gpu, form: Form, mode: Mode) -> Result<Arc<Pipeline>, GpuError> {
    let name = format!("{mode:?} in {form:?} form");
    gpu.pipeline(&name, source(form, mode, gpu.multiply()))
}
