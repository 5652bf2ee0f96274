//! Reed-Solomon encoding of columns: `eval_to_coeff.wgsl` and the passes of a forward NTT.

mod plan;

use std::{borrow::Cow, sync::Arc};

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::field;
use crate::gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder};
use plan::{Columns, NttKernel, Place, Tuning};
pub use plan::NttPlan;

/// x
pub const TUNING: Tuning = Tuning { log_rounds: 0, fixed: true, fuse: true, larger_last: false };

/// Columns of equal height that lie one after the other in a buffer.
#[derive(Clone, Copy, Debug)]
pub struct ColumnPlace<'a> {
    buffer: &'a Buffer<F>,
    columns: Columns,
}

impl<'a> ColumnPlace<'a> {
    /// The columns of `height` values from column `first` of `buffer` on.
    pub fn new(buffer: &'a Buffer<F>, first: usize, height: usize) -> Self {
        Self {
            buffer,
            columns: Columns {
                offset: (first * height) as u32,
                stride: height as u32,
            },
        }
    }
}

/// The compiled passes of one size.
pub struct Ntt {
    plan: NttPlan,
    pipelines: Vec<Arc<Pipeline>>,
    twiddles: Buffer<[u32; 2]>,
}

impl Ntt {
    /// Compiles the passes of `plan`.
    pub fn new(gpu: &Gpu, plan: NttPlan) -> Result<Self, GpuError> {
        let compile = |step: &plan::NttStep| gpu.pipeline("ntt", source(step.kernel, gpu.multiply()));
        Ok(Self {
            pipelines: plan.steps.iter().map(compile).collect::<Result<_, _>>()?,
            twiddles: gpu.constant("NTT twiddles", plan::twiddles)?,
            plan,
        })
    }

    /// The passes.
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
        for (step, pipeline) in self.plan.steps.iter().zip(&self.pipelines) {
            let (input, output) = (place(step.input), place(step.output));
            let bindings = [
                input.buffer.binding(),
                output.buffer.binding(),
                self.twiddles.binding(),
            ];
            let n_columns = n_columns as u32;
            let params = self.plan.params(step, n_columns, input.columns, output.columns);
            let [x, y] = self.plan.grid(step, n_columns);
            recorder.dispatch(pipeline, &bindings, &params, [x, y, 1]);
        }
    }
}

/// Name and text of the kernels of all sizes.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for log_height in 0..=24 {
        for step in NttPlan::new(log_height, log_height.min(1), log_height.min(2), TUNING).steps {
            sources.push((format!("{:?}", step.kernel), source(step.kernel, multiply)));
        }
    }
    sources.sort();
    sources.dedup();
    sources
}

fn source(kernel: NttKernel, multiply: Multiply) -> String {
    let kernel: Cow<str> = match kernel {
        NttKernel::EvalToCoeff { log_skip } => {
            let text = include_str!("eval_to_coeff.wgsl");
            format!("const LOG_SKIP: u32 = {log_skip}u;\n{text}").into()
        }
        NttKernel::Pass(pass) => pass.wgsl().into(),
    };
    [field::source(multiply), &kernel].concat()
}
