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

/// The kernels of one form.
pub struct Expressions {
    columns: Arc<Pipeline>,
    fold: Arc<Pipeline>,
}

impl Expressions {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu, form: Form) -> Result<Self, GpuError> {
        let kernel = |mode| {
            let name = format!("{mode:?} in {form:?} form");
            gpu.pipeline(&name, source(form, mode, gpu.multiply()))
        };
        Ok(Self {
            columns: kernel(Mode::Columns)?,
            fold: kernel(Mode::Fold)?,
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
        self.dispatch(recorder, &self.columns, &bindings, slices, slots, 0);
    }

    /// Writes, for every slice, `weights[initial]` and the weighted sums to `totals`, see
    /// `fold.wgsl`.
    pub fn record_fold(
        &self,
        recorder: &mut Recorder<'_>,
        table: &Buffer<u32>,
        slices: &Slices,
        slots: Slots<'_>,
        (weights, initial): (&Buffer<EF>, usize),
        totals: &Buffer<EF>,
    ) {
        let bindings = [
            table.binding(),
            slices.starts.binding(),
            slots.buffer.binding(),
            weights.binding(),
            totals.binding(),
        ];
        self.dispatch(recorder, &self.fold, &bindings, slices, slots, initial);
    }

    fn dispatch(
        &self,
        recorder: &mut Recorder<'_>,
        pipeline: &Pipeline,
        bindings: &[crate::gpu::Binding],
        slices: &Slices,
        slots: Slots<'_>,
        initial: usize,
    ) {
        let params = [slots.n_lanes as u32, slots.stride as u32, 0, initial as u32];
        let n_groups = (slots.n_lanes as u32).div_ceil(WORKGROUP_SIZE);
        recorder.dispatch(
            pipeline,
            bindings,
            &params,
            [slices.count as u32, n_groups, 1],
        );
    }
}
