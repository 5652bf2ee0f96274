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
    gpu::{Buffer, Gpu, GpuError, Recorder},
    kernels::{
        grind::Grind,
        ntt::{ColumnPlace, Ntt, NttPlan},
        transcript::{Operations, Transcript},
        whir::{
            batch_columns::BatchColumns,
            challenge_powers::ChallengePowers,
            evaluate::Evaluate,
            final_polynomial::FinalPolynomial,
            observe_sums::ObserveSums,
            point_weights::PointWeights,
            query_weights::{QueryWeights, Samples},
            sumcheck::{Sumcheck, Weighted, MAX_PARTIALS},
            Partials,
        },
    },
    transcript::{DeviceSponge, DeviceTranscript, Ended, Nonce},
    MetalError,
};

/// The compiled kernels.
struct Kernels {
    grind: Grind,
    transcript: Transcript,
    challenge_powers: ChallengePowers,
    batch_columns: BatchColumns,
    point_weights: PointWeights,
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
            transcript: Transcript::new(gpu)?,
            challenge_powers: ChallengePowers::new(gpu)?,
            batch_columns: BatchColumns::new(gpu)?,
            point_weights: PointWeights::new(gpu)?,
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
    /// The polynomial with its weights, and room for what a fold makes of them.
    current: Weighted,
    next: Weighted,
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
    ) -> Result<Self, MetalError> {
        let gpu = recorder.gpu();
        let sponge = DeviceSponge::start(recorder, transcript, plan.tape.clone())?;
        let widths = trees.iter().map(|tree| tree.code().width());
        let len = 1 << plan.log_height;
        let weighted = |len: usize| -> Result<_, GpuError> {
            Ok(Weighted {
                f: gpu.alloc(D_EF << plan.log_height, "WHIR polynomial")?,
                weights: gpu.alloc(len, "WHIR weights")?,
            })
        };
        let prover = Self {
            plan,
            trees,
            kernels: Kernels::new(gpu)?,
            sponge,
            opener: Opener::new(gpu, &plan.rounds, widths, D_EF)?,
            current: weighted(len)?,
            next: weighted((len / 2).max(1))?,
            partials: gpu.alloc(MAX_PARTIALS, "partial sums")?,
            committed: None,
            fresh: None,
        };
        let mut operations = Operations::new();
        prover.grind(recorder, plan.mu_pow, &mut operations);
        operations.sample(plan.mu);
        prover.transcribe(recorder, &operations)?;
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
            .record(recorder, matrices, &powers, &self.current.f);
        if l_skip > 0 {
            let message = NttPlan::eval_to_coeff(plan.log_height as u32, l_skip as u32);
            let column = |buffer| ColumnPlace::new(buffer, 0, 1 << plan.log_height);
            let (source, target) = (column(&self.current.f), column(&self.next.f));
            Ntt::new(gpu, message)?.record(recorder, D_EF, source, target, target);
            std::mem::swap(&mut self.current.f, &mut self.next.f);
        }
        Ok(())
    }

    /// Makes the weights of the opening point.
    pub fn weigh(&self, recorder: &mut Recorder<'_>, u: &[EF]) -> Result<(), MetalError> {
        self.kernels
            .point_weights
            .record(recorder, u, &self.current.weights)?;
        Ok(())
    }

    /// The rounds of sumcheck: each observes the round polynomial and samples `alpha`, to which a
    /// variable is fixed. A fold adds up the next round polynomial on its way.
    pub fn sumcheck(
        &mut self,
        recorder: &mut Recorder<'_>,
        round: usize,
    ) -> Result<(), MetalError> {
        let round = &self.plan.rounds[round];
        let mut len = 1usize << (round.log_len + round.folds.len());
        for (i, fold) in round.folds.iter().enumerate() {
            if i == 0 {
                let polynomials = [&self.current, &self.next];
                let (sponge, partials) = (&self.sponge, &self.partials);
                let sumcheck = &self.kernels.sumcheck;
                let sums = sumcheck.record_sums(recorder, sponge, polynomials, len, partials);
                self.finish_sumcheck_round(recorder, sums, fold)?;
            }
            let polynomials = [&self.current, &self.next];
            let (sponge, partials) = (&self.sponge, &self.partials);
            let sumcheck = &self.kernels.sumcheck;
            let alpha = fold.alpha;
            match round.folds.get(i + 1) {
                Some(next) => {
                    let sums = sumcheck.record_fold_and_sums(
                        recorder,
                        sponge,
                        polynomials,
                        len,
                        alpha,
                        partials,
                    );
                    self.finish_sumcheck_round(recorder, sums, next)?;
                }
                None => sumcheck.record_fold(recorder, sponge, polynomials, len, alpha, partials),
            }
            std::mem::swap(&mut self.current, &mut self.next);
            len /= 2;
        }
        Ok(())
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
            self.transcribe(recorder, &operations)?;
        }
        Ok(())
    }

    /// Commits to the folded polynomial and evaluates it out of the domain, or, in the last round,
    /// observes it.
    pub fn commit(&mut self, recorder: &mut Recorder<'_>, round: usize) -> Result<(), MetalError> {
        let round = &self.plan.rounds[round];
        let f = (&self.current.f, 1 << round.log_len);
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
                let transcript = &self.kernels.transcript;
                transcript.record_with_data(recorder, &self.sponge, tree.root(), &operations)?;
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
                self.transcribe(recorder, &operations)?;
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
        self.transcribe(recorder, &operations)?;
        self.open(recorder, number, round)?;
        if let Outcome::Codeword { z_0, .. } = round.outcome {
            let samples = Samples {
                z_0,
                indices: round.indices,
                gamma: round.gamma,
            };
            let omega = F::two_adic_generator(round.log_queries);
            let weights = (&self.current.weights, 1 << round.log_len);
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

    fn transcribe(
        &self,
        recorder: &mut Recorder<'_>,
        operations: &Operations,
    ) -> Result<(), GpuError> {
        self.kernels
            .transcript
            .record(recorder, &self.sponge, operations)
    }
}
