//! `tail.wgsl`: the top of the tree with all its layers, or the last rounds of one larger layer.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{FractionBlock, ROUNDS, SUMS};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params, sponge},
    transcript::DeviceSponge,
};

kernel_params! {
    /// The layers and rounds of one dispatch.
    TailParams {
        /// The first layer; 0 stands for the top of the tree.
        first_layer,
        /// The last layer.
        last_layer,
        /// The last layer of all, which has no next one.
        end_layer,
        /// Variables of the first layer that are left.
        first_m,
        /// The largest level in the kernel's buffers.
        top_level,
        /// Number of fractions to copy to that level.
        n_inputs,
        /// 1 if the root's numerator is observed.
        observes_numerator,
        /// Place of the first layer's part on the tape.
        layer_at,
        /// Where the upper table of eq starts.
        high_start,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        TailParams::WGSL,
        field::source(multiply),
        sponge::source(),
        SUMS,
        ROUNDS,
        include_str!("tail.wgsl"),
    ]
    .concat()
}

/// What the kernel reads and writes beside the transcript.
#[derive(Clone, Copy)]
pub struct TailBuffers<'a> {
    /// The levels up to the top level, level `l` from fraction `2^l` on.
    pub levels: FractionBlock<'a>,
    /// The tables of eq.
    pub eq: &'a Buffer<EF>,
    /// The rounds' factor, and the root.
    pub state: &'a Buffer<EF>,
}

/// The kernel for small layers.
pub struct Tail {
    pipeline: Arc<Pipeline>,
    nothing: Buffer<EF>,
}

impl Tail {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            pipeline: gpu.pipeline("gkr_tail", source(gpu.multiply()))?,
            nothing: gpu.alloc(1, "no input")?,
        })
    }

    /// Proves layers, or the end of one; `input` holds the fractions that are copied first.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        input: Option<FractionBlock<'_>>,
        buffers: TailBuffers<'_>,
        params: TailParams,
    ) {
        let (p, q) = (&self.nothing, &self.nothing);
        let input = input.unwrap_or(FractionBlock { p, q });
        let bindings = [
            sponge.sponge().binding(),
            sponge.tape().binding(),
            buffers.levels.p.binding(),
            buffers.levels.q.binding(),
            buffers.eq.binding(),
            buffers.state.binding(),
            input.p.binding(),
            input.q.binding(),
        ];
        recorder.dispatch(&self.pipeline, &bindings, &params.words(), [1, 1, 1]);
    }
}
