//! `sumcheck.wgsl`: folds by a challenge, and sums for the next round polynomial.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::Partials;
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params},
    transcript::{DeviceSponge, Place},
};

const WORKGROUP_SIZE: usize = 256;
/// Enough to fill a large GPU, and few enough for one workgroup to add up.
const MAX_WORKGROUPS: usize = 1024;
/// Vectors that the partial sums may take.
pub const MAX_PARTIALS: usize = 2 * MAX_WORKGROUPS;

kernel_params! {
    /// One step.
    SumcheckParams {
        /// Length of the polynomial and of the weights before the step.
        len,
        /// Place of the challenge on the tape.
        alpha_place,
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    folds: bool,
    sums: bool,
}

const SUMS: Step = step(false, true);
const FOLDS_AND_SUMS: Step = step(true, true);
const FOLDS: Step = step(true, false);

const fn step(folds: bool, sums: bool) -> Step {
    Step { folds, sums }
}

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> [(&'static str, String); 3] {
    [
        ("whir sumcheck sums", source(multiply, SUMS)),
        ("whir sumcheck folds", source(multiply, FOLDS)),
        (
            "whir sumcheck folds and sums",
            source(multiply, FOLDS_AND_SUMS),
        ),
    ]
}

fn source(multiply: Multiply, Step { folds, sums }: Step) -> String {
    let constants = format!("const FOLDS: bool = {folds};\nconst SUMS: bool = {sums};\n");
    [
        SumcheckParams::WGSL,
        &constants,
        field::source(multiply),
        include_str!("sumcheck.wgsl"),
    ]
    .concat()
}

/// A polynomial in coefficients, as four base columns of equal height, and the weights of the
/// coefficients.
#[derive(Clone, Debug)]
pub struct Weighted {
    /// The polynomial.
    pub f: Buffer<F>,
    /// The weights.
    pub weights: Buffer<EF>,
}

/// The kernels.
pub struct Sumcheck {
    sums: Arc<Pipeline>,
    folds: Arc<Pipeline>,
    folds_and_sums: Arc<Pipeline>,
}

impl Sumcheck {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let compile = |step| gpu.pipeline("whir sumcheck", source(gpu.multiply(), step));
        Ok(Self {
            sums: compile(SUMS)?,
            folds: compile(FOLDS)?,
            folds_and_sums: compile(FOLDS_AND_SUMS)?,
        })
    }

    /// Adds up `s(1)` and `s(2)` of the polynomial of length `len` in `current`. `other` is not
    /// touched.
    pub fn record_sums(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        [current, other]: [&Weighted; 2],
        len: usize,
        partials: &Buffer<EF>,
    ) -> Partials {
        let alpha = Place {
            start: 0,
            n_words: 0,
        };
        let n_items = len / 2;
        self.record(
            recorder,
            &self.sums,
            sponge,
            [current, other],
            len,
            alpha,
            n_items,
            partials,
        )
    }

    /// Folds `current` of length `len` by `alpha` to `next`, and adds up that one's `s(1)` and
    /// `s(2)`.
    pub fn record_fold_and_sums(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        [current, next]: [&Weighted; 2],
        len: usize,
        alpha: Place,
        partials: &Buffer<EF>,
    ) -> Partials {
        let pipeline = &self.folds_and_sums;
        self.record(
            recorder,
            pipeline,
            sponge,
            [current, next],
            len,
            alpha,
            len / 4,
            partials,
        )
    }

    /// Folds `current` of length `len` by `alpha` to `next`.
    pub fn record_fold(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        [current, next]: [&Weighted; 2],
        len: usize,
        alpha: Place,
        partials: &Buffer<EF>,
    ) {
        let pipeline = &self.folds;
        self.record(
            recorder,
            pipeline,
            sponge,
            [current, next],
            len,
            alpha,
            len / 2,
            partials,
        );
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "what the three public forms differ in"
    )]
    fn record(
        &self,
        recorder: &mut Recorder<'_>,
        pipeline: &Pipeline,
        sponge: &DeviceSponge,
        [current, next]: [&Weighted; 2],
        len: usize,
        alpha: Place,
        n_items: usize,
        partials: &Buffer<EF>,
    ) -> Partials {
        let bindings = [
            current.f.binding(),
            current.weights.binding(),
            next.f.binding(),
            next.weights.binding(),
            sponge.tape().binding(),
            partials.binding(),
        ];
        let params = SumcheckParams {
            len: len as u32,
            alpha_place: alpha.start,
        };
        let n_groups = n_items.div_ceil(WORKGROUP_SIZE).clamp(1, MAX_WORKGROUPS) as u32;
        recorder.dispatch(pipeline, &bindings, &params.words(), [n_groups, 1, 1]);
        Partials {
            n_partials: n_groups,
            n_values: 2,
        }
    }
}
