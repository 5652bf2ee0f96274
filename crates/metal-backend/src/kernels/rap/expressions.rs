//! The constraint compiler's kernels: virtual columns, and weighted sums of sums.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    constraints::compile::kernel::{text, Form, Mode, STRAIGHT_LINE, WORKGROUP_SIZE},
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::field,
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

/// Consecutive slices of a plan's table, on the device.
#[derive(Clone, Debug)]
pub struct Slices {
    starts: Buffer<u32>,
    count: usize,
}

impl Slices {
    /// Copies where each slice begins, and where the last one ends.
    pub fn upload(gpu: &Gpu, starts: &[u32]) -> Result<Self, GpuError> {
        Ok(Self {
            starts: gpu.upload(starts, "slices")?,
            count: starts.len().saturating_sub(1),
        })
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

/// The slices of a plan's outputs: those of the constraints, then the numerators', then the
/// denominators'.
#[derive(Clone, Debug)]
pub struct OutputSlices {
    /// All of them.
    pub slices: Slices,
    /// How many there are of each kind.
    pub counts: [usize; 3],
}

/// What a reduced fold reads and writes.
#[derive(Clone, Copy, Debug)]
pub struct Reduction<'a> {
    /// The weights of the constraints, then the numerators', then the denominators'.
    pub weights: &'a Buffer<EF>,
    /// Where the weights of the numerators and of the denominators begin.
    pub weight_starts: [usize; 2],
    /// Values of eq, those of a point's rows from `eq_start` on.
    pub eq: &'a Buffer<EF>,
    /// Place of the first row's value.
    pub eq_start: usize,
    /// Lanes of a point, a power of two.
    pub point_lanes: usize,
    /// Rows of a point.
    pub n_rows: usize,
    /// Points at which the constraints are wanted, the first of them.
    pub n_constraint_points: usize,
    /// The partial sums.
    pub partials: &'a Buffer<EF>,
    /// Place of the first partial sum.
    pub partial_start: usize,
    /// Whether this is the first band; the others add to its sums.
    pub is_first: bool,
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
        let bindings = [
            table.binding(),
            slices.starts.binding(),
            slots.buffer.binding(),
        ];
        let params = [slots.n_lanes as u32, slots.stride as u32, 0, 0, 0];
        dispatch(recorder, &self.columns, &bindings, &params, slices, slots);
    }

    /// Writes the partial sums of all outputs, see `reduced.wgsl`.
    pub fn record_reduced(
        &self,
        recorder: &mut Recorder<'_>,
        table: &Buffer<u32>,
        outputs: &OutputSlices,
        slots: Slots<'_>,
        reduction: Reduction<'_>,
    ) {
        let slices = &outputs.slices;
        let bindings = [
            table.binding(),
            slices.starts.binding(),
            slots.buffer.binding(),
            reduction.weights.binding(),
            reduction.eq.binding(),
            reduction.partials.binding(),
        ];
        let params = [
            slots.n_lanes,
            slots.stride,
            reduction.n_constraint_points * reduction.point_lanes,
            outputs.counts[0],
            outputs.counts[1],
            outputs.counts[2],
            reduction.weight_starts[0],
            reduction.weight_starts[1],
            reduction.point_lanes.ilog2() as usize,
            reduction.n_rows,
            reduction.eq_start,
            reduction.partial_start,
            n_lane_groups(reduction.point_lanes),
            reduction.is_first.into(),
        ];
        let params = params.map(|param| param as u32);
        dispatch(recorder, &self.reduced, &bindings, &params, slices, slots);
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
            slices.starts.binding(),
            slots.buffer.binding(),
            weights.values.binding(),
            totals.binding(),
        ];
        let params = [
            slots.n_lanes,
            slots.stride,
            0,
            weights.initial,
            weights.first,
        ];
        let params = params.map(|param| param as u32);
        dispatch(recorder, &self.fold, &bindings, &params, slices, slots);
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

fn dispatch(
    recorder: &mut Recorder<'_>,
    pipeline: &Pipeline,
    bindings: &[crate::gpu::Binding],
    params: &[u32],
    slices: &Slices,
    slots: Slots<'_>,
) {
    let n_groups = (slots.n_lanes as u32).div_ceil(WORKGROUP_SIZE);
    let grid = [slices.count as u32, n_groups, 1];
    recorder.dispatch(pipeline, bindings, params, grid);
}
