//! `round.wgsl`: folds a block of a large layer, and sums it for the next round.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{FractionBlock, SUMS};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params},
    transcript::DeviceSponge,
};

kernel_params! {
    /// One block in one round.
    RoundParams {
        /// Number of pairs in the block, after folding.
        n_pairs,
        /// The number of its first pair in the layer.
        first_pair,
        /// Where the first folded fraction goes in the target.
        target_offset,
        /// Place of the layer's lambda on the tape.
        lambda_at,
        /// Place of the last round's challenge on the tape; unused in a layer's first round.
        r_at,
        /// Bits of a pair's number that select from the lower table.
        k_low,
        /// Bits that select from the upper one.
        k_high,
        /// Where the upper table starts.
        high_start,
        /// Number of the first workgroup's sums.
        first_partial,
    }
}

/// The kernel's text, with or without folding.
pub fn source(multiply: Multiply, folds: bool) -> String {
    let folds = format!("const FOLDS: bool = {folds};\n");
    let kernel = include_str!("round.wgsl");
    [
        RoundParams::WGSL,
        &folds,
        field::source(multiply),
        SUMS,
        kernel,
    ]
    .concat()
}

/// What a round reads and writes beside the layer.
#[derive(Clone, Copy)]
pub struct RoundBuffers<'a> {
    /// The tables of eq.
    pub eq: &'a Buffer<EF>,
    /// Lambda and the challenges.
    pub sponge: &'a DeviceSponge,
    /// Three sums for each workgroup.
    pub partials: &'a Buffer<EF>,
}

/// The kernel of a round, in its two forms.
pub struct Round {
    first: Arc<Pipeline>,
    folding: Arc<Pipeline>,
    nowhere: [Buffer<EF>; 2],
}

impl Round {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let multiply = gpu.multiply();
        Ok(Self {
            first: gpu.pipeline("gkr_round", source(multiply, false))?,
            folding: gpu.pipeline("gkr_fold_round", source(multiply, true))?,
            nowhere: [gpu.alloc(1, "no target")?, gpu.alloc(1, "no target")?],
        })
    }

    /// Sums a block in `n_groups` workgroups. With a `target`, it is folded into it first.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        source: FractionBlock<'_>,
        target: Option<FractionBlock<'_>>,
        buffers: RoundBuffers<'_>,
        params: RoundParams,
        n_groups: u32,
    ) {
        let pipeline = match target {
            Some(_) => &self.folding,
            None => &self.first,
        };
        let [p, q] = &self.nowhere;
        let target = target.unwrap_or(FractionBlock { p, q });
        let bindings = [
            source.p.binding(),
            source.q.binding(),
            target.p.binding(),
            target.q.binding(),
            buffers.eq.binding(),
            buffers.sponge.tape().binding(),
            buffers.partials.binding(),
        ];
        recorder.dispatch(pipeline, &bindings, &params.words(), [n_groups, 1, 1]);
    }
}
