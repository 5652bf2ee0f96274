//! The phases of WHIR as recorded work, in protocol order.

use openvm_stark_backend::p3_field::TwoAdicField;
use openvm_stark_sdk::config::baby_bear_poseidon2::{D_EF, EF, F};

use super::{
    codeword,
    opened::{Opened, Opener},
    plan::{Fold, Outcome, Round, WhirPlan},
};
use crate::{
    commit::{MerkleTree, StackedMatrix},
    gpu::{Buffer, Gpu, GpuError, Recorder, View},
    kernels::{
        grind::Grind,
        ntt::{Ntt, NttPlan},
        transcript::Operations,
        whir::{
            batch_columns::BatchColumns,
            challenge_powers::ChallengePowers,
            evaluate::Evaluate,
            final_polynomial::FinalPolynomial,
            observe_sums::ObserveSums,
            point_weights::PointWeights,
            polynomial::Polynomial,
            query_weights::{QueryWeights, Samples},
            sumcheck::{Operands, Step, Sumcheck, Weights, MAX_PARTIALS},
            Partials,
        },
    },
    transcript::{DeviceSponge, DeviceTranscript, Ended, Nonce},
    MetalError,
};

/// The compiled kernels.
struct Kernels {
    grind: Grind,
    challenge_powers: ChallengePowers,
    batch_columns: BatchColumns,
    sumcheck: Sumcheck,
    observe_sums: ObserveSums,
    evaluate: Evaluate,
    query_weights: QueryWeights,
    final_polynomial: FinalPolynomial,
}

impl Kernels {
    fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            grind: Grind::new(gpu)?,
            challenge_powers: ChallengePowers::new(gpu)?,
            batch_columns: BatchColumns::new(gpu)?,
            sumcheck: Sumcheck::new(gpu)?,
            observe_sums: ObserveSums::new(gpu)?,
            evaluate: Evaluate::new(gpu)?,
            query_weights: QueryWeights::new(gpu)?,
            final_polynomial: FinalPolynomial::new(gpu)?,
        })
    }
}

/// The state between two phases. A phase is called for each round, in the order of the methods.
pub struct Prover<'a> {
    plan: &'a WhirPlan,
    trees: &'a [&'a MerkleTree],
    kernels: Kernels,
    sponge: DeviceSponge,
    opener: Opener,
    /// The polynomial, and room for what a fold makes of it.
    f: Polynomial,
    spare_f: Buffer<F>,
    /// The weights of the opening point, until a round has folded and the samples join them.
    point: PointWeights,
    /// The weights from then on, and room for what a fold makes of them.
    weights: Buffer<EF>,
    spare_weights: Buffer<EF>,
    partials: Buffer<EF>,
    /// The codeword of the round before, and that of this one.
    committed: Option<MerkleTree>,
    fresh: Option<MerkleTree>,
}

impl<'a> Prover<'a> {
    /// Proof-of-work, then `mu`.
    pub fn start(
        recorder: &mut Recorder<'_>,
        plan: &'a WhirPlan,
        transcript: &impl DeviceTranscript,
        trees: &'a [&'a MerkleTree],
        u: &[EF],
    ) -> Result<Self, MetalError> {
        let gpu = recorder.gpu();
        let sponge = DeviceSponge::start(recorder, transcript, plan.tape.clone())?;
        let widths = trees.iter().map(|tree| tree.code().width());
        // No more than a column of the code matrix has, as the blow-up is at least 2.
        let two_columns = || gpu.alloc(2 << plan.log_height, "WHIR polynomial");
        let first = &plan.rounds[0];
        let alphas: Vec<_> = first.folds.iter().map(|fold| fold.alpha).collect();
        let n_weights = 1usize << first.log_len;
        let prover = Self {
            plan,
            trees,
            kernels: Kernels::new(gpu)?,
            sponge,
            opener: Opener::new(gpu, &plan.rounds, widths, D_EF)?,
            f: Polynomial {
                halves: [two_columns()?, two_columns()?],
            },
            spare_f: two_columns()?,
            point: PointWeights::new(gpu, u, &alphas)?,
            weights: gpu.alloc(n_weights, "WHIR weights")?,
            spare_weights: gpu.alloc((n_weights / 2).max(1), "WHIR weights")?,
            partials: gpu.alloc(MAX_PARTIALS, "partial sums")?,
            committed: None,
            fresh: None,
        };
        let mut operations = Operations::new();
        prover.grind(recorder, plan.mu_pow, &mut operations);
        operations.sample(plan.mu);
        operations.record(recorder, &prover.sponge)?;
        Ok(prover)
    }

    /// Makes `f`: the columns of all stacks times powers of `mu`, then their message. The map to the
    /// message is linear, so it is applied once, to the sum.
    pub fn batch(
        &mut self,
        recorder: &mut Recorder<'_>,
        matrices: &[StackedMatrix],
        l_skip: usize,
    ) -> Result<(), MetalError> {
        let gpu = recorder.gpu();
        let (plan, kernels) = (self.plan, &self.kernels);
        let n_columns = matrices.iter().map(StackedMatrix::width).sum();
        let powers = gpu.alloc(n_columns, "powers of mu")?;
        kernels
            .challenge_powers
            .record(recorder, &self.sponge, plan.mu, &powers);
        kernels
            .batch_columns
            .record(recorder, matrices, &powers, &self.f.halves);
        if l_skip > 0 {
            let message = NttPlan::eval_to_coeff(plan.log_height as u32, l_skip as u32);
            let ntt = Ntt::new(gpu, message)?;
            for half in &mut self.f.halves {
                let (source, target) = (View::new(half, 0), View::new(&self.spare_f, 0));
                ntt.record(recorder, D_EF / 2, &source, &target, &self.spare_f);
                std::mem::swap(half, &mut self.spare_f);
            }
        }
        Ok(())
    }

    /// The rounds of sumcheck: each observes the round polynomial and samples `alpha`, to which a
    /// variable is fixed. A fold adds up the next round polynomial on its way.
    pub fn sumcheck(
        &mut self,
        recorder: &mut Recorder<'_>,
        number: usize,
    ) -> Result<(), MetalError> {
        let folds = &self.plan.rounds[number].folds;
        let sums = self.record_step(recorder, number, Step::Sums, 0);
        self.finish_sumcheck_round(recorder, sums, &folds[0])?;
        for (i, fold) in folds.iter().enumerate() {
            match folds.get(i + 1) {
                Some(next) => {
                    let step = Step::FoldAndSums(fold.alpha);
                    let sums = self.record_step(recorder, number, step, i + 1);
                    self.finish_sumcheck_round(recorder, sums, next)?;
                }
                None => {
                    self.record_step(recorder, number, Step::Fold(fold.alpha), i + 1);
                }
            }
        }
        Ok(())
    }

    /// Records a step of round `number`, after which `n_fixed` of its variables are fixed.
    fn record_step(
        &mut self,
        recorder: &mut Recorder<'_>,
        number: usize,
        step: Step,
        n_fixed: usize,
    ) -> Partials {
        let round = &self.plan.rounds[number];
        let n_folds = usize::from(step != Step::Sums);
        let n_left = round.folds.len() + n_folds - n_fixed;
        let is_of_point = number == 0;
        let (weights, folded_weights) = match is_of_point {
            true => {
                let point = &self.point;
                (Weights::OfPoint { point, n_fixed }, &self.weights)
            }
            false => (Weights::Stored(&self.weights), &self.spare_weights),
        };
        let operands = Operands {
            f: &self.f,
            weights,
            len: 1 << (round.log_len + n_left),
            folded_f: &self.spare_f,
            folded_weights,
            partials: &self.partials,
        };
        let sumcheck = &self.kernels.sumcheck;
        let sums = sumcheck.record(recorder, &self.sponge, step, operands);
        if step != Step::Sums {
            let folded = Polynomial::in_one_buffer(self.spare_f.clone());
            let [spare, _] = std::mem::replace(&mut self.f, folded).halves;
            self.spare_f = spare;
            if !is_of_point {
                std::mem::swap(&mut self.weights, &mut self.spare_weights);
            }
        }
        sums
    }

    fn finish_sumcheck_round(
        &self,
        recorder: &mut Recorder<'_>,
        sums: Partials,
        fold: &Fold,
    ) -> Result<(), MetalError> {
        let sums = (&self.partials, sums);
        let has_pow = fold.pow.place.is_some();
        let sampled = (!has_pow).then_some(fold.alpha);
        self.kernels
            .observe_sums
            .record(recorder, &self.sponge, sums, fold.sums, sampled);
        if has_pow {
            let mut operations = Operations::new();
            self.grind(recorder, fold.pow, &mut operations);
            operations.sample(fold.alpha);
            operations.record(recorder, &self.sponge)?;
        }
        Ok(())
    }

    /// Commits to the folded polynomial and evaluates it out of the domain, or, in the last round,
    /// observes it.
    pub fn commit(&mut self, recorder: &mut Recorder<'_>, round: usize) -> Result<(), MetalError> {
        let round = &self.plan.rounds[round];
        let f = (self.f.columns(), 1 << round.log_len);
        match round.outcome {
            Outcome::Codeword {
                log_code_len,
                root,
                z_0,
                y_0,
            } => {
                let rows = 1 << round.folds.len();
                let tree = codeword::record(recorder, f.0, round.log_len, log_code_len, rows)?;
                let mut operations = Operations::new();
                operations.observe_data(root, 0);
                operations.sample(z_0);
                operations.record_with_data(recorder, &self.sponge, tree.root())?;
                let evaluate = &self.kernels.evaluate;
                let sums = evaluate.record(recorder, &self.sponge, f, z_0, &self.partials);
                let sums = (&self.partials, sums);
                self.kernels
                    .observe_sums
                    .record(recorder, &self.sponge, sums, y_0, None);
                self.fresh = Some(tree);
            }
            Outcome::Final { coefficients } => {
                let final_polynomial = &self.kernels.final_polynomial;
                final_polynomial.record(recorder, &self.sponge, f, coefficients);
                let mut operations = Operations::new();
                operations.observe_tape(coefficients);
                operations.record(recorder, &self.sponge)?;
            }
        }
        Ok(())
    }

    /// Samples and opens the queries, and adds the weights of the round's samples.
    pub fn query(&mut self, recorder: &mut Recorder<'_>, number: usize) -> Result<(), MetalError> {
        let round = &self.plan.rounds[number];
        let mut operations = Operations::new();
        self.grind(recorder, round.query_pow, &mut operations);
        operations.sample_bits(round.indices, round.log_queries);
        operations.sample(round.gamma);
        operations.record(recorder, &self.sponge)?;
        self.open(recorder, number, round)?;
        if let Outcome::Codeword { z_0, .. } = round.outcome {
            let samples = Samples {
                z_0,
                indices: round.indices,
                gamma: round.gamma,
            };
            let omega = F::two_adic_generator(round.log_queries);
            let weights = (&self.weights, 1 << round.log_len);
            let kernel = &self.kernels.query_weights;
            kernel.record(recorder, &self.sponge, samples, omega, weights);
        }
        self.committed = self.fresh.take();
        Ok(())
    }

    /// Opens the stacks in the first round, and the codeword of the round before in the others.
    fn open(
        &self,
        recorder: &mut Recorder<'_>,
        number: usize,
        round: &Round,
    ) -> Result<(), GpuError> {
        let (opener, sponge) = (&self.opener, &self.sponge);
        match &self.committed {
            None => {
                for (which, tree) in self.trees.iter().enumerate() {
                    opener.record(recorder, sponge, which, tree, round)?;
                }
                Ok(())
            }
            Some(tree) => {
                let which = self.trees.len() + number - 1;
                opener.record(recorder, sponge, which, tree, round)
            }
        }
    }

    /// Records that the transcript and all that was opened are brought back.
    pub fn end(self, recorder: &mut Recorder<'_>) -> (Ended, Opened) {
        (self.sponge.end(recorder), self.opener.end(recorder))
    }

    /// Searches a nonce, which `operations` carry on with.
    fn grind(&self, recorder: &mut Recorder<'_>, nonce: Nonce, operations: &mut Operations) {
        self.kernels.grind.record(recorder, &self.sponge, nonce);
        operations.observe_nonce(nonce);
    }
}
