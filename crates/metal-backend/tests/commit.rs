//! Commitments equal upstream's reference, bit for bit.

mod common;

use common::{columns, gpu, random_matrix};
use openvm_metal_backend::{
    commit::stacked_commit,
    gpu::Gpu,
    MetalError,
};
use openvm_stark_backend::{
    prover::{stacked_pcs, ColMajorMatrix},
    test_utils::default_test_params_small,
    StarkProtocolConfig, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, F};
use rand::{rngs::StdRng, seq::IndexedRandom, Rng, SeedableRng};

fn params(l_skip: usize, n_stack: usize, log_blowup: usize, k_whir: usize) -> SystemParams {
    let mut params = default_test_params_small();
    params.l_skip = l_skip;
    params.n_stack = n_stack;
    params.log_blowup = log_blowup;
    params.whir.k = k_whir;
    params
}

fn assert_commit_matches_reference(
    gpu: &Gpu,
    params: &SystemParams,
    traces: &[ColMajorMatrix<F>],
) -> Result<(), MetalError> {
    let config = BabyBearPoseidon2Config::default_from_params(params.clone());
    let (expected_root, expected) = stacked_pcs::stacked_commit(
        config.hasher(),
        params.l_skip,
        params.n_stack,
        params.log_blowup,
        params.k_whir(),
        &traces.iter().collect::<Vec<_>>(),
    )
    .unwrap();

    let traces: Vec<_> = traces.iter().map(|trace| columns(gpu, trace)).collect();
    let (root, stack) = stacked_commit(gpu, params, &traces.iter().collect::<Vec<_>>())?;

    assert_eq!(stack.stacked.download(gpu)?, expected.matrix.values, "stacked matrix");
    let code = stack.tree.code().download(gpu)?;
    assert_eq!(code, expected.tree.backing_matrix().values, "code matrix");
    assert_eq!(stack.tree.layers().len(), expected.tree.digest_layers().len());
    for (layer, expected) in stack.tree.layers().iter().zip(expected.tree.digest_layers()) {
        assert_eq!(&layer.download(gpu)?, expected, "digest layer");
    }
    assert_eq!(root, expected_root);
    Ok(())
}

/// Traces of random heights up to the stacked height, tallest first.
fn random_traces(rng: &mut StdRng, params: &SystemParams) -> Vec<ColMajorMatrix<F>> {
    let log_stacked_height = params.log_stacked_height();
    let n_traces = rng.random_range(1..=4);
    let mut log_heights: Vec<_> = (0..n_traces)
        .map(|_| rng.random_range(0..=log_stacked_height))
        .collect();
    log_heights.sort_by_key(|log_height| std::cmp::Reverse(*log_height));
    let widths = [1, 2, 7, 8, 9, 16, 17, 50];
    let matrix = |log_height: usize| {
        let cells_left = (20 << log_stacked_height) >> log_height;
        let width = *widths.choose(rng).unwrap();
        random_matrix(rng, 1 << log_height, width.min(cells_left).max(1))
    };
    log_heights.into_iter().map(matrix).collect()
}

#[test]
fn commit_matches_reference_over_random_traces() {
    let mut rng = StdRng::seed_from_u64(1);
    for case in 0..24 {
        let l_skip = case % 7;
        let params = params(
            l_skip,
            rng.random_range(5..=12usize.max(l_skip + 5)) - l_skip.min(5),
            1 + case % 4,
            1 + (case / 4) % 4,
        );
        let traces = random_traces(&mut rng, &params);
        assert_commit_matches_reference(&gpu(), &params, &traces).unwrap();
    }
}
