//! The polynomial and the weights of its coefficients, whose variables sumcheck fixes.

use openvm_stark_backend::p3_field::TwoAdicField;
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use super::{
    plan::{WhirPlan, WhirRound},
    point_weights::PointWeights,
    polynomial::Polynomial,
};
use crate::{
    gpu::{word, Buffer, Gpu, GpuError, Kernel, Recorder},
    kernels::whir::{
        evaluate::{Evaluate, EvaluateBindings, EvaluateParams},
        query_weights::{QueryWeights, QueryWeightsBindings, QueryWeightsParams},
        sumcheck::{
            SumcheckStep, SumcheckWeights, WhirSumcheck, WhirSumcheckBindings, WhirSumcheckParams,
            MAX_PARTIALS,
        },
    },
    transcript::{sponge::to_word, Place},
};

/// The polynomial `f`, its weights, and room for what a fold makes of them.
///
/// What records sums returns the number of workgroups that leave parts of them in `partials`.
pub struct WeightedPolynomial {
    /// The coefficients.
    pub f: Polynomial,
    /// As much room as two columns of the first `f` take.
    pub spare_f: Buffer<F>,
    log_len: usize,
    /// The weights of the opening point, until a round has folded and the samples join them.
    point: Option<PointWeights>,
    /// The weights from then on.
    weights: Buffer<EF>,
    spare_weights: Buffer<EF>,
    /// What workgroups leave.
    pub partials: Buffer<EF>,
}

impl WeightedPolynomial {
    /// A polynomial without coefficients yet, with the weights of the point `u`.
    pub fn new(gpu: &Gpu, plan: &WhirPlan, u: &[EF]) -> Result<Self, GpuError> {
        // No more than a column of the code matrix has, as the blow-up is at least 2.
        let two_columns = || gpu.alloc(2 << plan.log_height, "WHIR polynomial");
        let first = &plan.rounds[0];
        let alphas = first.sumcheck.iter().map(|round| round.alpha).collect();
        let n_weights = 1usize << first.log_len;
        Ok(Self {
            f: Polynomial {
                halves: [two_columns()?, two_columns()?],
            },
            spare_f: two_columns()?,
            log_len: plan.log_height,
            point: Some(PointWeights::new(gpu, u, alphas)?),
            weights: gpu.alloc(n_weights, "WHIR weights")?,
            spare_weights: gpu.alloc((n_weights / 2).max(1), "WHIR weights")?,
            partials: gpu.alloc(MAX_PARTIALS, "partial sums")?,
        })
    }

    /// Adds up the round polynomial at 1 and 2.
    pub fn record_sums(
        &mut self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
    ) -> Result<u32, GpuError> {
        self.record_step(recorder, tape, SumcheckStep::Sums, 0)
    }

    /// Fixes a variable to `alpha` and, unless it is the round's last, adds up the next round
    /// polynomial at 1 and 2.
    pub fn record_fold(
        &mut self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        alpha: Place,
        is_last: bool,
    ) -> Result<u32, GpuError> {
        let step = match is_last {
            true => SumcheckStep::Fold,
            false => SumcheckStep::FoldAndSums,
        };
        self.record_step(recorder, tape, step, alpha.start)
    }

    fn record_step(
        &mut self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        step: SumcheckStep,
        alpha_place: u32,
    ) -> Result<u32, GpuError> {
        let len = 1 << self.log_len;
        self.log_len -= usize::from(step.folds());
        let (kind, weights_in, weights_out, params) = match &self.point {
            Some(point) => {
                let params = point.params(self.log_len);
                (
                    SumcheckWeights::OfPoint,
                    &point.tables,
                    &self.weights,
                    params,
                )
            }
            None => {
                let params = WhirSumcheckParams::default();
                (
                    SumcheckWeights::Stored,
                    &self.weights,
                    &self.spare_weights,
                    params,
                )
            }
        };
        let [f_in, f_in_high] = &self.f.halves;
        let bindings = WhirSumcheckBindings {
            f_in,
            f_in_high,
            f_out: &self.spare_f,
            weights_out,
            tape,
            partials: &self.partials,
            weights_in,
        };
        let params = WhirSumcheckParams {
            n_groups: step.n_groups(len),
            len: word(len),
            third_column: word(self.f.third_column(len)),
            alpha_place,
            ..params
        };
        Kernel::<WhirSumcheck>::variant(recorder.gpu(), (kind, step))?
            .record(recorder, bindings, params);
        if step.folds() {
            let folded = Polynomial::in_one_buffer(self.spare_f.clone());
            let [spare, _] = std::mem::replace(&mut self.f, folded).halves;
            self.spare_f = spare;
            if self.point.is_none() {
                std::mem::swap(&mut self.weights, &mut self.spare_weights);
            }
        }
        if step == SumcheckStep::Fold {
            self.point = None;
        }
        Ok(params.n_groups)
    }

    /// Evaluates the polynomial at the challenge at `z`.
    pub fn record_evaluation(
        &self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        z: Place,
    ) -> Result<u32, GpuError> {
        let bindings = EvaluateBindings {
            f: self.f.columns(),
            tape,
            partials: &self.partials,
        };
        let params = EvaluateParams::new(self.log_len, z.start);
        Kernel::<Evaluate>::new(recorder.gpu())?.record(recorder, bindings, params);
        Ok(params.n_groups())
    }

    /// Adds the weights of the samples of `round`, the first of which is out of the domain at `z_0`.
    pub fn record_samples(
        &self,
        recorder: &mut Recorder<'_>,
        tape: &Buffer<F>,
        round: &WhirRound,
        z_0: Place,
    ) -> Result<(), GpuError> {
        let bindings = QueryWeightsBindings {
            tape,
            weights: &self.weights,
        };
        let params = QueryWeightsParams {
            len: 1 << self.log_len,
            log_threads: QueryWeightsParams::log_threads(self.log_len),
            n_queries: round.indices.n_words,
            omega: to_word(F::two_adic_generator(round.log_queries)),
            indices_place: round.indices.start,
            z_0_place: z_0.start,
            gamma_place: round.gamma.start,
        };
        Kernel::<QueryWeights>::new(recorder.gpu())?.record(recorder, bindings, params);
        Ok(())
    }
}
