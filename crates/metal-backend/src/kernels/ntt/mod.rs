//! Reed-Solomon encoding of columns: `eval_to_coeff.wgsl` and the passes of a forward NTT.

mod pass_text;
mod plan;

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

pub(in crate::kernels) use self::pass_text::{dft, Code, Direction, Value};
use self::plan::{Columns, Place};
pub use self::plan::{NttKernel, NttPlan, NttStep, MAX_LOG_HEIGHT, MAX_LOG_SKIP};
use super::{field, kernel_params};
use crate::gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder};

kernel_params! {
    /// One step of an encoding, on a range of columns.
    NttParams {
        /// Number of columns.
        n_columns,
        /// Column groups that a workgroup takes one after the other; 1 in a first pass.
        n_rounds,
        /// Logarithm of T, the transforms of a column. Those of `eval_to_coeff` are its values.
        log_transforms,
        /// Logarithm of p, the product of the radices of earlier passes.
        log_done,
        /// Values of an input column.
        input_len,
        /// First word of the input.
        input_offset,
        /// Words from one input column to the next.
        input_stride,
        /// First word of the output.
        output_offset,
        /// Words from one output column to the next.
        output_stride,
    }
}

/// Columns of equal height that lie one after the other in a buffer.
#[derive(Clone, Copy, Debug)]
pub struct ColumnPlace<'a> {
    buffer: &'a Buffer<F>,
    columns: Columns,
}

impl<'a> ColumnPlace<'a> {
    /// The columns of `height` values from value number `offset` of `buffer` on.
    pub fn new(buffer: &'a Buffer<F>, offset: usize, height: usize) -> Self {
        Self {
            buffer,
            columns: Columns {
                offset: offset as u32,
                stride: height as u32,
            },
        }
    }
}

/// What errors call the kernels.
const NAME: &str = "ntt";

/// The compiled steps of one size.
#[derive(Clone)]
pub struct Ntt {
    plan: NttPlan,
    pipelines: Vec<Arc<Pipeline>>,
    twiddles: Buffer<[u32; 2]>,
}

/// The table that all steps read, see `plan::twiddles`.
pub fn twiddles(gpu: &Gpu) -> Result<Buffer<[u32; 2]>, GpuError> {
    gpu.constant("NTT twiddles", plan::twiddles)
}

impl Ntt {
    /// The steps of `plan`, compiled at the first call.
    pub fn new(gpu: &Gpu, plan: NttPlan) -> Result<Self, GpuError> {
        gpu.memo(plan.clone(), || Self::compile(gpu, plan))
    }

    fn compile(gpu: &Gpu, plan: NttPlan) -> Result<Self, GpuError> {
        let compile = |step: &NttStep| gpu.pipeline(NAME, source(step.kernel, gpu.multiply()));
        Ok(Self {
            pipelines: plan.steps.iter().map(compile).collect::<Result<_, _>>()?,
            twiddles: twiddles(gpu)?,
            plan,
        })
    }

    /// The steps.
    pub fn plan(&self) -> &NttPlan {
        &self.plan
    }

    /// Encodes `n_columns` columns of `source` to `target`; `temp` is as large as `target` and
    /// loses its contents.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        n_columns: usize,
        source: ColumnPlace<'_>,
        target: ColumnPlace<'_>,
        temp: ColumnPlace<'_>,
    ) {
        let place = |place| match place {
            Place::Source => source,
            Place::Target => target,
            Place::Temp => temp,
        };
        let n_columns = n_columns as u32;
        for (step, pipeline) in self.plan.steps.iter().zip(&self.pipelines) {
            let (input, output) = (place(step.input), place(step.output));
            let bindings = [
                input.buffer.binding(),
                output.buffer.binding(),
                self.twiddles.binding(),
            ];
            let params = self
                .plan
                .params(step, n_columns, input.columns, output.columns);
            let [x, y] = self.plan.grid(step, n_columns);
            recorder.dispatch(pipeline, &bindings, &params.words(), [x, y, 1]);
        }
    }
}

/// Name and text of every kernel that a plan can have, for blow-ups up to 16.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let mut kernels = Vec::new();
    for log_height in 0..=MAX_LOG_HEIGHT {
        for log_blowup in 0..=log_height.min(4) {
            for log_skip in 0..=(log_height - log_blowup).min(MAX_LOG_SKIP) {
                let plan = NttPlan::new(log_height, log_blowup, log_skip);
                kernels.extend(plan.steps.iter().map(|step| step.kernel));
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    kernels.retain(|kernel| seen.insert(*kernel));
    let source = |kernel: NttKernel| (format!("{kernel:?}"), source(kernel, multiply));
    kernels.into_iter().map(source).collect()
}

/// Name and text of the kernels that a plan has.
pub fn plan_sources(plan: &NttPlan, multiply: Multiply) -> Vec<(String, String)> {
    let steps = plan.steps.iter();
    steps
        .map(|step| (NAME.to_owned(), source(step.kernel, multiply)))
        .collect()
}

fn source(kernel: NttKernel, multiply: Multiply) -> String {
    [NttParams::WGSL, field::source(multiply), &kernel.wgsl()].concat()
}
