//! WHIR equals upstream's reference: proof and transcript.

mod common;

use std::sync::Arc;

use common::{random_element, random_matrix};
use openvm_metal_backend::internals::{
    commit::{CommittedStack, MerkleTree},
    gpu::{Columns, Gpu, GpuOptions, Multiply, SMALL_BUFFER_BYTES},
    openings::whir::{prove_whir, OpenedStack},
    transcript::{DeviceTranscript, MetalTranscript, SpongeState},
    MetalError,
};
use openvm_stark_backend::{
    p3_field::{BasedVectorSpace, PrimeCharacteristicRing},
    proof::WhirProof,
    prover::{
        poly::{eval_to_coeff_rs_message, evals_eq_hypercube},
        stacked_pcs::{stacked_commit, StackedPcsData},
        whir::prove_whir_opening,
        MatrixDimensions,
    },
    test_utils::test_system_params_small,
    verifier::whir::verify_whir,
    StarkProtocolConfig, SystemParams, WhirConfig, WhirParams, WhirProximityStrategy,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{
    default_duplex_sponge, BabyBearPoseidon2Config, Digest, DuplexSponge, EF, F,
};
use rand::{rngs::StdRng, SeedableRng};

type Sc = BabyBearPoseidon2Config;

/// The shape of production parameters, scaled down; no proof-of-work.
fn params(
    l_skip: usize,
    n_stack: usize,
    log_blowup: usize,
    k: usize,
    log_final: usize,
) -> SystemParams {
    let mut params = test_system_params_small(l_skip, n_stack, k);
    params.log_blowup = log_blowup;
    let whir = WhirParams {
        k,
        log_final_poly_len: log_final,
        query_phase_pow_bits: 0,
        proximity: WhirProximityStrategy::ListDecoding { m: 2 },
        folding_pow_bits: 0,
        mu_pow_bits: 0,
    };
    params.whir = WhirConfig::new(log_blowup, l_skip + n_stack, whir, 30);
    params
}

/// Commitments on the host, to be opened at `u`.
struct Statement {
    config: Sc,
    commitments: Vec<StackedPcsData<F, Digest>>,
    u: Vec<EF>,
    start: DuplexSponge,
}

fn opened(stacks: &[CommittedStack]) -> Vec<OpenedStack<'_>> {
    let stacks = stacks.iter().map(|stack| OpenedStack {
        matrix: stack.stacked.clone(),
        tree: &stack.tree,
    });
    stacks.collect()
}

impl Statement {
    /// Stacks of the given widths.
    fn new(seed: u64, params: SystemParams, widths: &[usize]) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let config = Sc::default_from_params(params);
        let params = config.params();
        let (l_skip, n_stack) = (params.l_skip, params.n_stack);
        let (log_blowup, k) = (params.log_blowup, params.k_whir());
        let commit = |width: &usize| {
            let trace = random_matrix(&mut rng, 1 << (l_skip + n_stack), *width);
            let hasher = config.hasher();
            stacked_commit(hasher, l_skip, n_stack, log_blowup, k, &[&trace])
                .unwrap()
                .1
        };
        let commitments = widths.iter().map(commit).collect();
        let mut element = |_| EF::from_basis_coefficients_fn(|_| random_element(&mut rng));
        let u = (0..l_skip + n_stack).map(&mut element).collect();
        let mut start = default_duplex_sponge();
        (0..seed % 11).for_each(|i| start.absorb(F::from_u64(i)));
        Self {
            config,
            commitments,
            u,
            start,
        }
    }

    fn stacks(&self, gpu: &Gpu) -> Vec<CommittedStack> {
        let upload = |data: &StackedPcsData<F, Digest>| {
            let matrix = &data.matrix;
            let (height, width) = (matrix.height(), matrix.width());
            CommittedStack {
                layout: data.layout.clone(),
                stacked: Columns::upload(gpu, &matrix.values, height, width, "test")
                    .unwrap()
                    .into(),
                tree: MerkleTree::upload(gpu, &data.tree).unwrap(),
            }
        };
        self.commitments.iter().map(upload).collect()
    }

    fn prove(
        &self,
        gpu: &Gpu,
        transcript: &mut impl DeviceTranscript,
    ) -> Result<WhirProof<Sc>, MetalError> {
        let stacks = self.stacks(gpu);
        let stacks = opened(&stacks);
        prove_whir(gpu, self.config.params(), transcript, stacks, &self.u)
    }

    fn prove_on_host(&self, transcript: &mut DuplexSponge) -> WhirProof<Sc> {
        let params = self.config.params();
        let committed = self
            .commitments
            .iter()
            .map(|data| (&data.matrix, &data.tree));
        let committed: Vec<_> = committed.collect();
        let (l_skip, log_blowup) = (params.l_skip, params.log_blowup);
        let (hasher, whir) = (self.config.hasher(), &params.whir);
        prove_whir_opening::<Sc, _>(
            transcript, hasher, l_skip, log_blowup, whir, &committed, &self.u,
        )
        .unwrap()
    }

    fn assert_matches_reference(&self, gpu: &Gpu) {
        let mut expected_transcript = self.start.clone();
        let expected = self.prove_on_host(&mut expected_transcript);
        let mut transcript = self.start.clone();
        let proof = self.prove(gpu, &mut transcript).unwrap();
        assert_eq!(proof, expected);
        assert_eq!(
            SpongeState::from(&transcript),
            SpongeState::from(&expected_transcript)
        );
    }

    fn assert_verifies(&self, proof: &WhirProof<Sc>) {
        let l_skip = self.config.params().l_skip;
        let weights = evals_eq_hypercube(&self.u);
        let value = |column: &[F]| -> EF {
            let message = eval_to_coeff_rs_message(l_skip, column);
            message.iter().zip(&weights).map(|(c, w)| *w * *c).sum()
        };
        let values = |data: &StackedPcsData<F, Digest>| -> Vec<EF> {
            let matrix = &data.matrix;
            matrix.values.chunks(matrix.height()).map(value).collect()
        };
        let openings: Vec<_> = self.commitments.iter().map(values).collect();
        let roots = self.commitments.iter().map(|data| data.commit().unwrap());
        let roots: Vec<_> = roots.collect();
        let mut transcript = self.start.clone();
        verify_whir(
            &mut transcript,
            &self.config,
            proof,
            &openings,
            &roots,
            &self.u,
        )
        .unwrap();
    }
}

fn gpu(multiply: Option<Multiply>, max_binding_bytes: Option<u64>) -> Arc<Gpu> {
    let options = GpuOptions::from_env().unwrap();
    let options = GpuOptions {
        multiply: multiply.or(options.multiply),
        max_binding_bytes: max_binding_bytes.or(options.max_binding_bytes),
        ..options
    };
    Gpu::shared(&options).unwrap()
}

/// App, leaf, internal and root, scaled down, then edge cases; with the widths of the stacks.
fn cases() -> Vec<(SystemParams, &'static [usize])> {
    vec![
        (params(4, 9, 1, 4, 4), &[5]),
        (params(4, 8, 2, 4, 4), &[3, 1]),
        (params(2, 9, 3, 4, 3), &[9, 2, 1]),
        (params(2, 10, 4, 4, 2), &[1]),
        (params(2, 8, 1, 3, 1), &[4, 4]),
        (params(0, 6, 1, 1, 0), &[2]),
        (params(3, 0, 1, 1, 1), &[1]),
        (params(5, 0, 2, 4, 2), &[8]),
        (params(1, 5, 1, 2, 0), &[1, 1]),
    ]
}

#[test]
fn proofs_match_reference() {
    for (seed, (params, widths)) in (0..).zip(cases()) {
        let statement = Statement::new(seed, params, widths);
        statement.assert_matches_reference(&gpu(None, None));
    }
}

#[test]
fn proofs_match_reference_without_64_bit_integers() {
    for (seed, (params, widths)) in (20..).zip(cases()).step_by(2) {
        let statement = Statement::new(seed, params, widths);
        statement.assert_matches_reference(&gpu(Some(Multiply::U32), None));
    }
}

#[test]
fn proofs_match_reference_in_small_blocks() {
    for (seed, (params, widths)) in (40..).zip(cases()) {
        let code_len = 1u64 << (params.log_stacked_height() + params.log_blowup);
        let statement = Statement::new(seed, params, widths);
        statement.assert_matches_reference(&gpu(None, Some((4 * code_len).max(256))));
    }
}

#[test]
fn no_buffer_is_larger_than_a_column_of_the_code_matrix() {
    let params = params(2, 15, 1, 4, 4);
    let column_bytes = 4 << (params.log_stacked_height() + params.log_blowup);
    assert!(column_bytes >= SMALL_BUFFER_BYTES, "nothing is checked");
    let statement = Statement::new(80, params, &[3]);
    statement.assert_matches_reference(&gpu(None, Some(column_bytes)));
}

#[test]
fn proofs_with_proof_of_work_verify() {
    for (seed, (mut params, widths)) in (60..).zip(cases()) {
        params.whir.mu_pow_bits = 3;
        params.whir.folding_pow_bits = 2;
        params.whir.query_phase_pow_bits = 5;
        let statement = Statement::new(seed, params, widths);
        let mut transcript = statement.start.clone();
        let proof = statement.prove(&gpu(None, None), &mut transcript).unwrap();
        statement.assert_verifies(&proof);
    }
}

#[test]
fn a_proof_is_read_back_once() {
    let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
    let statement = Statement::new(7, params(4, 9, 1, 4, 4), &[5]);
    let stacks = statement.stacks(&gpu);
    let before = gpu.counters();
    let mut transcript = MetalTranscript::new(true);
    prove_whir(
        &gpu,
        statement.config.params(),
        &mut transcript,
        opened(&stacks),
        &statement.u,
    )
    .unwrap();
    let done = gpu.counters() - before;
    assert_eq!(done.round_trips, 1);
}

#[test]
fn a_commitment_of_other_parameters_is_an_error() {
    let mut statement = Statement::new(8, params(2, 8, 1, 3, 1), &[1]);
    let other = Statement::new(8, params(2, 7, 1, 3, 1), &[1]);
    statement.commitments.extend(other.commitments);
    let mut transcript = statement.start.clone();
    let error = statement
        .prove(&gpu(None, None), &mut transcript)
        .unwrap_err();
    assert!(
        matches!(error, MetalError::CommitmentShape { commitment: 1, .. }),
        "{error}"
    );
    assert_eq!(
        transcript.sponge_state(),
        SpongeState::from(&statement.start)
    );
}
