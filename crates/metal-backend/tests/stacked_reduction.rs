//! The stacked opening reduction equals upstream's reference: proof, point and transcript.

mod common;

use std::sync::Arc;

use common::{random_element, random_matrix};
use openvm_metal_backend::internals::{
    commit::{CommittedStack, MerkleTree},
    gpu::{Columns, Gpu, GpuOptions, Multiply},
    openings::stacked_reduction::{prove_stacked_reduction, CommitmentClaims},
    transcript::{DeviceTranscript, MetalTranscript, SpongeState},
};
use openvm_stark_backend::{
    p3_field::BasedVectorSpace,
    prover::{
        stacked_pcs::{stacked_commit, StackedPcsData},
        stacked_reduction::{prove_stacked_opening_reduction, StackedReductionCpu},
        CpuColMajorBackend, MatrixDimensions, ReferenceDevice,
    },
    test_utils::default_test_params_small,
    FiatShamirTranscript, StarkProtocolConfig, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{
    default_duplex_sponge, BabyBearPoseidon2Config, Digest, DuplexSponge, EF, F,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

type Sc = BabyBearPoseidon2Config;
type Reference = CpuColMajorBackend<Sc>;

fn params(l_skip: usize, n_stack: usize) -> SystemParams {
    let mut params = default_test_params_small();
    params.l_skip = l_skip;
    params.n_stack = n_stack;
    params.log_blowup = 1;
    params.whir.k = 0;
    params
}

/// Commitments on the host, with whether each trace needs rotations.
struct Statement {
    params: SystemParams,
    commitments: Vec<StackedPcsData<F, Digest>>,
    needs_rot: Vec<Vec<bool>>,
    r: Vec<EF>,
}

fn random_ext(rng: &mut StdRng) -> EF {
    EF::from_basis_coefficients_fn(|_| random_element(rng))
}

impl Statement {
    /// `shapes` are those of each commitment's traces: logarithm of the height, width, rotations.
    fn new(rng: &mut StdRng, params: SystemParams, shapes: &[Vec<(usize, usize, bool)>]) -> Self {
        let config = BabyBearPoseidon2Config::default_from_params(params.clone());
        let commit = |traces: &Vec<(usize, usize, bool)>| {
            let traces = traces.iter();
            let traces: Vec<_> = traces
                .map(|(log_height, width, _)| random_matrix(rng, 1 << log_height, *width))
                .collect();
            let (l_skip, n_stack) = (params.l_skip, params.n_stack);
            let (log_blowup, k_whir) = (params.log_blowup, params.k_whir());
            let traces: Vec<_> = traces.iter().collect();
            stacked_commit(
                config.hasher(),
                l_skip,
                n_stack,
                log_blowup,
                k_whir,
                &traces,
            )
            .unwrap()
            .1
        };
        let commitments = shapes.iter().map(commit).collect();
        let needs_rot =
            |traces: &Vec<(usize, usize, bool)>| traces.iter().map(|(_, _, rot)| *rot).collect();
        let r = (0..=params.n_stack).map(|_| random_ext(rng)).collect();
        Self {
            params,
            commitments,
            needs_rot: shapes.iter().map(needs_rot).collect(),
            r,
        }
    }

    fn upload(&self, gpu: &Gpu) -> Vec<CommittedStack> {
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

    /// Proves it on `gpu` and with the reference, from a transcript in a random state.
    fn check(&self, rng: &mut StdRng, gpu: &Gpu) {
        let stacks = self.upload(gpu);
        let claims = stacks.iter().zip(&self.needs_rot);
        let claims = claims.map(|(stack, needs_rot)| CommitmentClaims { stack, needs_rot });
        let claims: Vec<_> = claims.collect();
        let mut expected = default_duplex_sponge();
        let mut transcript = MetalTranscript::new(true);
        for _ in 0..rng.random_range(0..20) {
            let word = random_element(rng);
            expected.absorb(word);
            transcript.observe(word);
        }
        let (expected_proof, expected_u) = self.reference(&mut expected);

        let (proof, u) =
            prove_stacked_reduction(gpu, &self.params, &mut transcript, &claims, &self.r).unwrap();

        assert_eq!(
            proof.univariate_round_coeffs,
            expected_proof.univariate_round_coeffs
        );
        assert_eq!(
            proof.sumcheck_round_polys,
            expected_proof.sumcheck_round_polys
        );
        assert_eq!(proof.stacking_openings, expected_proof.stacking_openings);
        assert_eq!(u, expected_u);
        assert_eq!(transcript.sponge_state(), SpongeState::from(&expected));
    }

    fn reference(
        &self,
        transcript: &mut DuplexSponge,
    ) -> (openvm_stark_backend::proof::StackingProof<Sc>, Vec<EF>) {
        let config = BabyBearPoseidon2Config::default_from_params(self.params.clone());
        prove_stacked_opening_reduction::<Sc, Reference, _, _, StackedReductionCpu<Sc>>(
            &ReferenceDevice::new(config),
            transcript,
            self.params.n_stack,
            self.commitments.iter().collect(),
            self.needs_rot.clone(),
            &self.r,
        )
    }
}

/// Shapes of up to three commitments, tallest trace first in each.
fn random_shapes(
    rng: &mut StdRng,
    params: &SystemParams,
    max_slices: usize,
) -> Vec<Vec<(usize, usize, bool)>> {
    let log_stacked_height = params.log_stacked_height();
    let n_commitments = rng.random_range(1..=3);
    let commitment = |_| {
        let n_traces = rng.random_range(1..=4);
        let mut traces: Vec<_> = (0..n_traces)
            .map(|_| {
                let log_height = rng.random_range(0..=log_stacked_height);
                let max_width = ((4 << log_stacked_height) >> log_height).min(max_slices);
                (log_height, rng.random_range(1..=max_width), rng.random())
            })
            .collect();
        traces.sort_by_key(|(log_height, ..)| std::cmp::Reverse(*log_height));
        traces
    };
    (0..n_commitments).map(commitment).collect()
}

/// GPUs with both forms of multiplication.
fn gpus() -> [Arc<Gpu>; 2] {
    [Multiply::U64, Multiply::U32].map(|multiply| {
        let options = GpuOptions::from_env().unwrap();
        let multiply = Some(multiply);
        Gpu::shared(&GpuOptions {
            multiply,
            ..options
        })
        .unwrap()
    })
}

#[test]
fn matches_reference_over_random_statements() {
    let mut rng = StdRng::seed_from_u64(1);
    let gpus = gpus();
    for case in 0..42 {
        let l_skip = case % 7;
        let params = params(l_skip, rng.random_range(0..=7));
        let shapes = random_shapes(&mut rng, &params, 70);
        let statement = Statement::new(&mut rng, params, &shapes);
        statement.check(&mut rng, &gpus[case % 2]);
    }
}

/// Beyond what a workgroup has threads for, up to the largest skip domain of a commitment.
#[test]
fn matches_reference_with_large_skip_domains() {
    let mut rng = StdRng::seed_from_u64(6);
    let gpus = gpus();
    for (l_skip, n_stack) in [(7, 3), (8, 2), (9, 2), (10, 0), (12, 1)] {
        let params = params(l_skip, n_stack);
        let mut shapes = random_shapes(&mut rng, &params, 5);
        shapes[0].insert(0, (l_skip + n_stack, 2, true));
        let statement = Statement::new(&mut rng, params, &shapes);
        statement.check(&mut rng, &gpus[l_skip % 2]);
    }
}

#[test]
fn matches_reference_with_tiny_bindings() {
    let mut rng = StdRng::seed_from_u64(2);
    for case in 0..8 {
        let params = params(3 + case % 2, 7);
        // Two columns of the code matrix: four of the stacked one, or a combination of full height.
        let max_binding_bytes = Some(16 << params.log_stacked_height());
        let options = GpuOptions::from_env().unwrap();
        let gpu = Gpu::shared(&GpuOptions {
            max_binding_bytes,
            ..options
        })
        .unwrap();
        let mut shapes = random_shapes(&mut rng, &params, 10);
        shapes[0].insert(0, (params.log_stacked_height(), 9, case % 2 == 0));
        let statement = Statement::new(&mut rng, params, &shapes);
        statement.check(&mut rng, &gpu);
    }
}

#[test]
fn matches_reference_where_rounds_take_many_workgroups() {
    let mut rng = StdRng::seed_from_u64(3);
    let gpus = gpus();
    for (case, shapes) in [
        vec![vec![(15, 2, true), (14, 2, false), (3, 3, true)]],
        vec![vec![(14, 1, false), (13, 1, true)], vec![(0, 1, true)]],
    ]
    .iter()
    .enumerate()
    {
        let statement = Statement::new(&mut rng, params(1, 14), shapes);
        statement.check(&mut rng, &gpus[case]);
    }
}

#[test]
fn dispatches_do_not_grow_with_the_columns_and_one_round_trip_is_enough() {
    let mut rng = StdRng::seed_from_u64(4);
    let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
    for width in [3, 60] {
        let statement = Statement::new(&mut rng, params(3, 7), &[vec![(6, width, true)]]);
        let stacks = statement.upload(&gpu);
        let claims = [CommitmentClaims {
            stack: &stacks[0],
            needs_rot: &[true],
        }];
        let before = gpu.counters();
        let mut transcript = MetalTranscript::new(true);
        prove_stacked_reduction(
            &gpu,
            &statement.params,
            &mut transcript,
            &claims,
            &statement.r,
        )
        .unwrap();
        let done = gpu.counters() - before;
        // With the canary's, one for each submission.
        assert_eq!(
            (done.submissions, done.round_trips, done.dispatches),
            (2, 1, 16 + 2)
        );
    }
}
