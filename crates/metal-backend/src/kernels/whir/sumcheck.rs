//! `sumcheck.wgsl`: folds by a challenge, and sums for the next round polynomial.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{point_weights::PointWeights, polynomial::Polynomial, Partials};
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
        /// Where the third column begins in the second buffer.
        third_column,
        /// Place of the challenge on the tape.
        alpha_place,
        /// Of a point's weights: number of variables that are fixed after the step.
        n_fixed,
        /// Number of coordinates that the lower tables are of.
        log_low,
        /// Number of variables that are fixed after all steps.
        n_coordinates,
        /// Place of the first challenge.
        challenge_place,
        /// From one challenge to the next.
        challenge_stride,
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Adds up `s(1)` and `s(2)`; writes neither the polynomial nor the weights.
    Sums,
    /// Folds by the challenge at this place, and adds up what is left.
    FoldAndSums(Place),
    /// Folds by the challenge at this place. For a point's weights, the last step.
    Fold(Place),
}

/// The weights of the coefficients.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a> {
    /// A vector, which a fold halves.
    Stored(&'a Buffer<EF>),
    /// Those of a point. Only a [`Step::Fold`] writes weights.
    OfPoint {
        /// The point.
        point: &'a PointWeights,
        /// Number of variables that are fixed after the step.
        n_fixed: usize,
    },
}

/// What a step reads and writes.
#[derive(Clone, Copy, Debug)]
pub struct Operands<'a> {
    /// The polynomial.
    pub f: &'a Polynomial,
    /// Its weights.
    pub weights: Weights<'a>,
    /// Length of both before the step.
    pub len: usize,
    /// Where the folded polynomial goes, as four columns.
    pub folded_f: &'a Buffer<F>,
    /// Where the folded weights go.
    pub folded_weights: &'a Buffer<EF>,
    /// Where the sums go.
    pub partials: &'a Buffer<EF>,
}

/// The kernels for one kind of weights.
struct Kernels {
    sums: Arc<Pipeline>,
    fold_and_sums: Arc<Pipeline>,
    fold: Arc<Pipeline>,
}

/// The kernels.
pub struct Sumcheck {
    stored: Kernels,
    of_point: Kernels,
}

const STORED: &str = include_str!("stored_weights.wgsl");
const OF_POINT: &str = include_str!("point_weights.wgsl");

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> [(&'static str, String); 6] {
    let [fold, sums] = [true; 2];
    let source = |folds, sums, weights| source(multiply, [folds, sums], weights);
    [
        ("whir sumcheck sums", source(!fold, sums, STORED)),
        ("whir sumcheck fold", source(fold, !sums, STORED)),
        ("whir sumcheck fold and sums", source(fold, sums, STORED)),
        ("whir point sums", source(!fold, sums, OF_POINT)),
        ("whir point fold", source(fold, !sums, OF_POINT)),
        ("whir point fold and sums", source(fold, sums, OF_POINT)),
    ]
}

fn source(multiply: Multiply, [folds, sums]: [bool; 2], weights: &str) -> String {
    let constants = format!("const FOLDS: bool = {folds};\nconst SUMS: bool = {sums};\n");
    [
        SumcheckParams::WGSL,
        &constants,
        field::source(multiply),
        include_str!("sumcheck.wgsl"),
        weights,
    ]
    .concat()
}

impl Kernels {
    fn new(gpu: &Gpu, name: &str, weights: &str) -> Result<Self, GpuError> {
        let compile =
            |folds, sums| gpu.pipeline(name, source(gpu.multiply(), [folds, sums], weights));
        Ok(Self {
            sums: compile(false, true)?,
            fold_and_sums: compile(true, true)?,
            fold: compile(true, false)?,
        })
    }
}

impl Sumcheck {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            stored: Kernels::new(gpu, "whir sumcheck", STORED)?,
            of_point: Kernels::new(gpu, "whir sumcheck of a point", OF_POINT)?,
        })
    }

    /// Records a step; returns what its sums are, if it has some.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        step: Step,
        operands: Operands<'_>,
    ) -> Partials {
        let (kernels, weights) = match operands.weights {
            Weights::Stored(weights) => (&self.stored, weights),
            Weights::OfPoint { point, .. } => (&self.of_point, &point.tables),
        };
        let (pipeline, n_items) = match step {
            Step::Sums => (&kernels.sums, operands.len / 2),
            Step::FoldAndSums(_) => (&kernels.fold_and_sums, operands.len / 4),
            Step::Fold(_) => (&kernels.fold, operands.len / 2),
        };
        let [f, f_high] = operands.f.bindings();
        let bindings = [
            f,
            f_high,
            operands.folded_f.binding(),
            operands.folded_weights.binding(),
            sponge.tape().binding(),
            operands.partials.binding(),
            weights.binding(),
        ];
        let n_groups = n_items.div_ceil(WORKGROUP_SIZE).clamp(1, MAX_WORKGROUPS) as u32;
        let params = operands.params(step).words();
        recorder.dispatch(pipeline, &bindings, &params, [n_groups, 1, 1]);
        Partials {
            n_partials: n_groups,
            n_values: 2,
        }
    }
}

impl Operands<'_> {
    fn params(&self, step: Step) -> SumcheckParams {
        let params = SumcheckParams {
            len: self.len as u32,
            third_column: self.f.third_column(self.len) as u32,
            alpha_place: match step {
                Step::Sums => 0,
                Step::FoldAndSums(alpha) | Step::Fold(alpha) => alpha.start,
            },
            ..SumcheckParams::default()
        };
        match self.weights {
            Weights::Stored(_) => params,
            Weights::OfPoint { point, n_fixed } => SumcheckParams {
                n_fixed: n_fixed as u32,
                log_low: point.log_low,
                n_coordinates: point.n_coordinates,
                challenge_place: point.challenge_place,
                challenge_stride: point.challenge_stride,
                ..params
            },
        }
    }
}
