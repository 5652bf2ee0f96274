//! Commitments equal upstream's reference, bit for bit.

mod common;

use std::sync::Arc;

use common::{columns, gpu, gpu_with, gpus, random_matrix};
use openvm_metal_backend::internals::{
    commit::{stacked_commit, CodePolicy},
    gpu::{Columns, Gpu, GpuOptions},
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
    policy: CodePolicy,
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
    let (root, stack) = stacked_commit(gpu, params, &traces.iter().collect::<Vec<_>>(), policy)?;

    assert_eq!(
        stack.stacked.download(gpu)?,
        expected.matrix.values,
        "stacked matrix"
    );
    let code = stack.tree.code().download(gpu)?;
    assert_eq!(code, expected.tree.backing_matrix().values, "code matrix");
    assert_eq!(
        stack.tree.layers().len(),
        expected.tree.digest_layers().len()
    );
    for (layer, expected) in stack
        .tree
        .layers()
        .iter()
        .zip(expected.tree.digest_layers())
    {
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

/// Every blow-up and folding factor with heights around `2^l_skip`.
fn assert_commits_match_reference(gpu: impl Fn(&SystemParams) -> Arc<Gpu>, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    for case in 0..28 {
        let l_skip = case % 7;
        let log_stacked_height = rng.random_range(l_skip.max(4)..=12);
        let n_stack = log_stacked_height - l_skip;
        let params = params(l_skip, n_stack, 1 + case % 4, 1 + (case / 4) % 4);
        let traces = random_traces(&mut rng, &params);
        for policy in [CodePolicy::Keep, CodePolicy::Recompute] {
            assert_commit_matches_reference(&gpu(&params), &params, &traces, policy).unwrap();
        }
    }
}

#[test]
fn commit_matches_reference_with_64_bit_multiply() {
    assert_commits_match_reference(|_| gpus()[0].clone(), 1);
}

#[test]
fn commit_matches_reference_with_32_bit_multiply() {
    assert_commits_match_reference(|_| gpus()[1].clone(), 2);
}

#[test]
fn short_columns_that_fill_stacked_ones_match_reference() {
    let mut rng = StdRng::seed_from_u64(8);
    let params = params(1, 8, 1, 2);
    let traces = [1, 1000].map(|width| random_matrix(&mut rng, 2, width));
    for policy in [CodePolicy::Keep, CodePolicy::Recompute] {
        assert_commit_matches_reference(&gpu(), &params, &traces, policy).unwrap();
    }
}

/// Layers that one thread a parent makes below those that sixteen do, and queries of more rows than one
/// dispatch folds.
#[test]
fn tall_trees_and_wide_queries_match_reference() {
    let mut rng = StdRng::seed_from_u64(9);
    for gpu in gpus() {
        for (n_stack, k_whir) in [(15, 1), (12, 6), (6, 7)] {
            let params = params(2, n_stack, 1, k_whir);
            let trace = random_matrix(&mut rng, 1 << params.log_stacked_height(), 1);
            assert_commit_matches_reference(&gpu, &params, &[trace], CodePolicy::Keep).unwrap();
        }
    }
}

#[test]
fn commit_matches_reference_with_blocks_of_few_columns() {
    let small_blocks = |params: &SystemParams| {
        let column_bytes = 4u64 << (params.log_stacked_height() + params.log_blowup);
        let n_columns = 1 + params.l_skip as u64 / 2;
        gpu_with(|options| options.max_binding_bytes = Some(n_columns * column_bytes))
    };
    assert_commits_match_reference(small_blocks, 3);
}

#[test]
fn commit_matches_reference_with_runtime_checks() {
    let checked = |_: &SystemParams| gpu_with(|options| options.runtime_checks = true);
    assert_commits_match_reference(checked, 4);
}

#[test]
fn empty_traces_beside_others_are_left_out() {
    let gpu = gpu();
    let params = params(2, 6, 1, 2);
    let trace = columns(
        &gpu,
        &random_matrix(&mut StdRng::seed_from_u64(5), 1 << 5, 3),
    );
    let empty = Columns::alloc(&gpu, 1 << 5, 0, "test").unwrap();
    let (alone, _) = stacked_commit(&gpu, &params, &[&trace], CodePolicy::Keep).unwrap();
    let (beside, _) = stacked_commit(&gpu, &params, &[&empty, &trace], CodePolicy::Keep).unwrap();
    assert_eq!(alone, beside);
}

#[test]
fn counts_do_not_depend_on_the_values() {
    let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
    let params = params(2, 8, 1, 2);
    let mut rng = StdRng::seed_from_u64(6);
    let mut counts = [(); 2].map(|()| {
        let trace = columns(&gpu, &random_matrix(&mut rng, 1 << 9, 9));
        let before = gpu.counters();
        let _committed = stacked_commit(&gpu, &params, &[&trace], CodePolicy::Keep).unwrap();
        gpu.counters() - before
    });
    // The first commitment also uploads the tables that all of them use, and its buffers are new.
    counts[0].bytes_uploaded = 0;
    counts[0].buffers_created = 0;
    assert_eq!(counts[0], counts[1]);
    let count = counts[1];
    // The root, and the canary's three words with each of two waits.
    let expected = (1, 32 + 2 * 12);
    assert_eq!((count.round_trips, count.bytes_read_back), expected);
}

#[test]
fn repeated_commitments_reuse_memory() {
    let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
    let params = params(2, 8, 1, 2);
    let trace = columns(
        &gpu,
        &random_matrix(&mut StdRng::seed_from_u64(7), 1 << 9, 9),
    );
    let reserved = [(); 10].map(|()| {
        let _ = stacked_commit(&gpu, &params, &[&trace], CodePolicy::Keep).unwrap();
        gpu.reserved_bytes()
    });
    assert_eq!(reserved[1], reserved[9]);
    gpu.trim();
    assert_eq!(gpu.reserved_bytes(), gpu.live_bytes());
}

#[test]
fn traces_that_cannot_be_committed_are_named() {
    let gpu = gpu();
    let params = params(1, 3, 1, 2);
    let commit = |params: &SystemParams, height: usize, width: usize| {
        let trace = Columns::alloc(&gpu, height, width, "test").unwrap();
        stacked_commit(&gpu, params, &[&trace], CodePolicy::Keep)
            .map(|(root, _)| root)
            .unwrap_err()
    };
    assert!(matches!(
        commit(&params, 1 << 5, 1),
        MetalError::TraceTooTall {
            trace: 0,
            log_height: 5,
            log_stacked_height: 4
        }
    ));
    assert!(matches!(
        commit(&params, 3, 1),
        MetalError::TraceHeight {
            trace: 0,
            height: 3
        }
    ));
    assert!(matches!(
        commit(&params, 0, 1),
        MetalError::TraceHeight {
            trace: 0,
            height: 0
        }
    ));
    assert!(matches!(commit(&params, 4, 0), MetalError::NothingToCommit));
    let folds_too_much = self::params(1, 3, 1, 6);
    assert!(matches!(
        commit(&folds_too_much, 1 << 4, 1),
        MetalError::RowsPerQuery {
            rows_per_query: 64,
            height: 32
        }
    ));
    let beyond_the_field = self::params(1, 26, 1, 2);
    assert!(matches!(
        commit(&beyond_the_field, 1 << 4, 1),
        MetalError::Parameters {
            value: 28,
            max: 27,
            ..
        }
    ));
}
