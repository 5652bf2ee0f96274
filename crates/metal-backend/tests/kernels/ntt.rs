//! Encoded columns equal upstream's and Plonky3's, over all sizes and places in a buffer.

use crate::common::{gpu, gpus, random_matrix};
use openvm_metal_backend::internals::{
    gpu::{Gpu, View},
    kernels::ntt::{Ntt, NttPlan, MAX_LOG_HEIGHT},
};
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing,
    prover::{
        poly::eval_to_coeff_rs_message, stacked_pcs::rs_code_matrix, ColMajorMatrix,
        MatrixDimensions,
    },
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use rand::{rngs::StdRng, Rng, SeedableRng};

/// Columns of the target buffer before and after those that are written.
const MARGIN: usize = 1;

fn assert_encodes_random_columns(
    gpu: &Gpu,
    rng: &mut StdRng,
    plan: NttPlan,
    log_blowup: usize,
    l_skip: usize,
) {
    let width = rng.random_range(1..=9);
    let source = random_matrix(rng, 1 << (plan.log_height as usize - log_blowup), width);
    assert_encodes(gpu, &source, plan, log_blowup, l_skip);
}

fn assert_encodes(
    gpu: &Gpu,
    source: &ColMajorMatrix<F>,
    plan: NttPlan,
    log_blowup: usize,
    l_skip: usize,
) {
    let height = 1usize << plan.log_height;
    let expected = rs_code_matrix(l_skip, log_blowup, source).unwrap();

    let n_columns = source.width();
    let guard = vec![F::TWO; height * (n_columns + 2 * MARGIN)];
    let values = gpu.upload(&source.values, "test").unwrap();
    let target = gpu.upload(&guard, "test").unwrap();
    let temp = gpu.alloc(height * n_columns, "test").unwrap();
    let mut recorder = gpu.recorder("test");
    let ntt = Ntt::new(gpu, plan).unwrap();
    ntt.record(
        &mut recorder,
        n_columns,
        &View::new(&values, 0),
        &View::new(&target, MARGIN * height),
        &temp,
    );
    let actual = recorder.read_back(&target, 0..target.len());
    let actual = recorder
        .submit()
        .unwrap()
        .wait()
        .unwrap()
        .values(&actual)
        .unwrap();

    let (before, rest) = actual.split_at(height * MARGIN);
    let (encoded, after) = rest.split_at(height * n_columns);
    assert!(
        encoded == expected.values,
        "2^{} {log_blowup} {l_skip}",
        ntt.plan().log_height
    );
    assert!(
        before.iter().chain(after).all(|value| *value == F::TWO),
        "wrote beside the target"
    );
}

#[test]
fn every_size_matches_reference() {
    let mut rng = StdRng::seed_from_u64(1);
    for gpu in gpus() {
        for log_height in 0..=17 {
            let log_blowup = rng.random_range(0..=log_height.min(4));
            let l_skip = rng.random_range(0..=(log_height - log_blowup).min(6));
            let plan = NttPlan::new(log_height as u32, log_blowup as u32, l_skip as u32);
            assert_encodes_random_columns(&gpu, &mut rng, plan, log_blowup, l_skip);
        }
    }
}

#[test]
#[ignore = "minutes and gigabytes on a software adapter; for a GPU that binds 512 MiB"]
fn the_largest_sizes_match_reference() {
    let mut rng = StdRng::seed_from_u64(5);
    for log_height in 21..=MAX_LOG_HEIGHT {
        let plan = NttPlan::new(log_height, 1, 4);
        let source = random_matrix(&mut rng, 1 << (log_height - 1), 1);
        assert_encodes(&gpu(), &source, plan, 1, 4);
    }
}

#[test]
fn workgroups_that_take_several_columns_match_reference() {
    let mut rng = StdRng::seed_from_u64(2);
    for gpu in gpus() {
        for log_height in 9..=14 {
            let plan = NttPlan::new(log_height, 1, 4);
            let eager = NttPlan {
                min_workgroups: 1,
                ..plan
            };
            assert_encodes_random_columns(&gpu, &mut rng, eager, 1, 4);
        }
    }
}

#[test]
fn long_skips_match_reference() {
    let mut rng = StdRng::seed_from_u64(3);
    for gpu in gpus() {
        for l_skip in 5..=10 {
            let plan = NttPlan::new(12, 1, l_skip);
            assert_encodes_random_columns(&gpu, &mut rng, plan, 1, l_skip as usize);
        }
    }
}

#[test]
fn the_reference_is_the_message_then_a_dft() {
    // What `rs_code_matrix` is made of, so that the twin above stands for both kernels.
    let matrix = random_matrix(&mut StdRng::seed_from_u64(4), 16, 1);
    let message = eval_to_coeff_rs_message(2, &matrix.values);
    let code = rs_code_matrix(2, 0, &matrix).unwrap();
    assert_eq!(code.values[0], message.into_iter().sum::<F>());
}
