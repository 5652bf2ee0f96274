//! Reed-Solomon encoding of columns: `eval_to_coeff.wgsl` and the passes of a forward NTT.

mod pass_text;
mod plan;

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

pub(in crate::kernels) use self::pass_text::{dft, Code, Direction, Value};
pub use self::plan::{
    NttBuffer, NttKernel, NttPass, NttPlan, NttStep, MAX_LOG_HEIGHT, MAX_LOG_SKIP,
};
use super::field;
use crate::gpu::{
    kernel, word, Buffer, Gpu, GpuError, Kernel, KernelText, Multiply, Recorder, View,
};

/// Threads of a workgroup of every step.
const N_THREADS: u32 = 256;

kernel! {
    /// A step of an encoding, on a range of columns. [`Ntt`] records all of a plan.
    pub struct RunNttStep("ntt");
    text(multiply, kernel: NttKernel, of NttKernel::all()) = [field::source(multiply), kernel.wgsl()];
    workgroup_size = [N_THREADS, 1, 1];
    bindings NttBindings {
        /// Words, or four words where the step transforms chunks while it loads them.
        input: Read<F> as "array<InputElement>",
        /// Words.
        output: Write<F>,
        /// [`twiddles`].
        twiddles: Read<[u32; 2]>,
    }
    params NttParams {
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
    grid(params, kernel) = kernel.grid(params);
}

/// The compiled steps of one size.
pub struct Ntt {
    plan: NttPlan,
    kernels: Vec<Kernel<RunNttStep>>,
    twiddles: Buffer<[u32; 2]>,
}

/// The table that all steps read, see `plan::twiddles`.
pub fn twiddles(gpu: &Gpu) -> Result<Buffer<[u32; 2]>, GpuError> {
    gpu.constant("NTT twiddles", plan::twiddles)
}

impl Ntt {
    /// The steps of `plan`, compiled unless they have been before.
    pub fn new(gpu: &Gpu, plan: NttPlan) -> Result<Self, GpuError> {
        let steps = plan.steps.iter();
        let kernels = steps.map(|step| Kernel::variant(gpu, step.kernel));
        Ok(Self {
            kernels: kernels.collect::<Result<_, _>>()?,
            twiddles: twiddles(gpu)?,
            plan,
        })
    }

    /// The steps.
    pub fn plan(&self) -> &NttPlan {
        &self.plan
    }

    /// Encodes `n_columns` columns, which follow each other in `source`, to `target`; `temp` has room
    /// for as many of the results and loses its contents.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        n_columns: usize,
        source: &View<F>,
        target: &View<F>,
        temp: &Buffer<F>,
    ) {
        let place = |buffer| match buffer {
            NttBuffer::Source => (&source.buffer, word(source.start)),
            NttBuffer::Target => (&target.buffer, word(target.start)),
            NttBuffer::Temp => (temp, 0),
        };
        for (step, kernel) in self.plan.steps.iter().zip(&self.kernels) {
            let (input, input_offset) = place(step.input);
            let (output, output_offset) = place(step.output);
            let params = self
                .plan
                .params(step, word(n_columns), input_offset, output_offset);
            let bindings = NttBindings {
                input,
                output,
                twiddles: &self.twiddles,
            };
            kernel.record(recorder, bindings, params);
        }
    }
}

impl NttPlan {
    /// The texts of its steps.
    pub fn texts(&self, multiply: Multiply) -> Vec<KernelText> {
        let steps = self.steps.iter();
        let text = |step: &NttStep| KernelText::new::<RunNttStep>(multiply, step.kernel);
        steps.map(text).collect()
    }
}
