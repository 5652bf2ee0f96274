//! The phases of WHIR as recorded work, in protocol order.

use openvm_stark_sdk::config::baby_bear_poseidon2::{D_EF, EF};

use super::{
    batch, codeword,
    opened::Opened,
    opener::Opener,
    plan::{Outcome, SumcheckRound, WhirPlan},
    weighted_polynomial::WeightedPolynomial,
};
use crate::{
    commit::{MerkleTree, StackedMatrix},
    gpu::{Element, GpuError, Kernel, Recorder},
    kernels::{
        grind::NonceSearch,
        transcript::Operations,
        whir::{
            final_polynomial::{FinalPolynomial, FinalPolynomialBindings, FinalPolynomialParams},
            observe_sums::{ObserveSums, ObserveSumsBindings, ObserveSumsParams, NO_PLACE},
        },
    },
    transcript::{DeviceSponge, DeviceTranscript, Ended, Nonce, Place},
    MetalError,
};

/// The state between two phases. A phase is called for each round, in the order of the methods.
pub struct WhirProver<'a> {
    plan: &'a WhirPlan,
    trees: &'a [&'a MerkleTree],
    nonce_search: NonceSearch,
    sponge: DeviceSponge,
    opener: Opener,
    polynomial: WeightedPolynomial,
    /// The codeword of the round before, and that of this one.
    committed: Option<MerkleTree>,
    fresh: Option<MerkleTree>,
}

impl<'a> WhirProver<'a> {
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
        let prover = Self {
            plan,
            trees,
            nonce_search: NonceSearch::new(gpu)?,
            sponge,
            opener: Opener::new(gpu, &plan.rounds, widths, D_EF)?,
            polynomial: WeightedPolynomial::new(gpu, plan, u)?,
            committed: None,
            fresh: None,
        };
        let mut operations = Operations::new();
        prover.grind(recorder, plan.mu_pow, &mut operations);
        operations.sample(plan.mu);
        operations.record(recorder, &prover.sponge)?;
        Ok(prover)
    }

    /// Makes the polynomial of the columns of all stacks.
    pub fn batch(
        &mut self,
        recorder: &mut Recorder<'_>,
        matrices: &[StackedMatrix],
    ) -> Result<(), GpuError> {
        let (tape, polynomial) = (self.sponge.tape(), &mut self.polynomial);
        batch::record(recorder, tape, self.plan, matrices, polynomial)
    }

    /// The rounds of sumcheck: each observes the round polynomial and samples `alpha`, to which a
    /// variable is fixed. A fold adds up the next round polynomial on its way.
    pub fn sumcheck(&mut self, recorder: &mut Recorder<'_>, number: usize) -> Result<(), GpuError> {
        let rounds = &self.plan.rounds[number].sumcheck;
        let tape = self.sponge.tape();
        let mut n_partials = self.polynomial.record_sums(recorder, tape)?;
        for (i, round) in rounds.iter().enumerate() {
            self.finish_sumcheck_round(recorder, n_partials, round)?;
            let (tape, is_last) = (self.sponge.tape(), i + 1 == rounds.len());
            let polynomial = &mut self.polynomial;
            n_partials = polynomial.record_fold(recorder, tape, round.alpha, is_last)?;
        }
        Ok(())
    }

    fn finish_sumcheck_round(
        &self,
        recorder: &mut Recorder<'_>,
        n_partials: u32,
        round: &SumcheckRound,
    ) -> Result<(), GpuError> {
        let has_pow = round.pow.place.is_some();
        let sampled = (!has_pow).then_some(round.alpha);
        self.observe_sums(recorder, n_partials, round.sums, sampled)?;
        if has_pow {
            let mut operations = Operations::new();
            self.grind(recorder, round.pow, &mut operations);
            operations.sample(round.alpha);
            operations.record(recorder, &self.sponge)?;
        }
        Ok(())
    }

    /// Observes the values at `sums`, of which so many workgroups left parts; then samples an
    /// element, if it has a place.
    fn observe_sums(
        &self,
        recorder: &mut Recorder<'_>,
        n_partials: u32,
        sums: Place,
        sampled: Option<Place>,
    ) -> Result<(), GpuError> {
        let bindings = ObserveSumsBindings {
            sponge: self.sponge.sponge(),
            tape: self.sponge.tape(),
            partials: &self.polynomial.partials,
        };
        let params = ObserveSumsParams {
            n_partials,
            n_values: sums.n_words / EF::WORDS as u32,
            place: sums.start,
            sample_place: sampled.map_or(NO_PLACE, |place| place.start),
        };
        Kernel::<ObserveSums>::new(recorder.gpu())?.record(recorder, bindings, params);
        Ok(())
    }

    /// Commits to the folded polynomial and evaluates it out of the domain, or, in the last round,
    /// observes it.
    pub fn commit(&mut self, recorder: &mut Recorder<'_>, round: usize) -> Result<(), MetalError> {
        let round = &self.plan.rounds[round];
        let f = self.polynomial.f.columns();
        let mut operations = Operations::new();
        match round.outcome {
            Outcome::Codeword {
                log_code_len,
                root,
                z_0,
                y_0,
            } => {
                let rows = 1 << round.sumcheck.len();
                let tree = codeword::record(recorder, f, round.log_len, log_code_len, rows)?;
                operations.observe_data(root, 0);
                operations.sample(z_0);
                operations.record_with_data(recorder, &self.sponge, tree.root())?;
                let tape = self.sponge.tape();
                let n_partials = self.polynomial.record_evaluation(recorder, tape, z_0)?;
                self.observe_sums(recorder, n_partials, y_0, None)?;
                self.fresh = Some(tree);
            }
            Outcome::Final { coefficients } => {
                let bindings = FinalPolynomialBindings {
                    f,
                    tape: self.sponge.tape(),
                };
                let params = FinalPolynomialParams {
                    len: 1 << round.log_len,
                    place: coefficients.start,
                };
                Kernel::<FinalPolynomial>::new(recorder.gpu())?.record(recorder, bindings, params);
                operations.observe_tape(coefficients);
                operations.record(recorder, &self.sponge)?;
            }
        }
        Ok(())
    }

    /// Samples and opens the queries, and adds the weights of the round's samples.
    pub fn query(&mut self, recorder: &mut Recorder<'_>, number: usize) -> Result<(), GpuError> {
        let round = &self.plan.rounds[number];
        let mut operations = Operations::new();
        self.grind(recorder, round.query_pow, &mut operations);
        operations.sample_bits(round.indices, round.log_queries);
        operations.sample(round.gamma);
        operations.record(recorder, &self.sponge)?;
        self.open(recorder, number, round.indices)?;
        if let Outcome::Codeword { z_0, .. } = round.outcome {
            let tape = self.sponge.tape();
            self.polynomial.record_samples(recorder, tape, round, z_0)?;
        }
        self.committed = self.fresh.take();
        Ok(())
    }

    /// Opens the stacks in the first round, and the codeword of the round before in the others.
    fn open(
        &self,
        recorder: &mut Recorder<'_>,
        number: usize,
        indices: Place,
    ) -> Result<(), GpuError> {
        let (opener, tape) = (&self.opener, self.sponge.tape());
        match &self.committed {
            None => {
                for (which, tree) in self.trees.iter().enumerate() {
                    opener.record(recorder, tape, which, tree, indices)?;
                }
                Ok(())
            }
            Some(tree) => {
                let which = self.trees.len() + number - 1;
                opener.record(recorder, tape, which, tree, indices)
            }
        }
    }

    /// Records that the transcript and all that was opened are brought back.
    pub fn end(self, recorder: &mut Recorder<'_>) -> (Ended, Opened) {
        (self.sponge.end(recorder), self.opener.end(recorder))
    }

    /// Searches a nonce, which `operations` carry on with.
    fn grind(&self, recorder: &mut Recorder<'_>, nonce: Nonce, operations: &mut Operations) {
        self.nonce_search.record(recorder, &self.sponge, nonce);
        operations.observe_nonce(nonce);
    }
}
