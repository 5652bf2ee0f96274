//! Without proof-of-work a statement has one proof, and ours is the same, byte by byte, as that of
//! upstream's reference prover.

use openvm_metal_backend::internals::{gpu::GpuOptions, BabyBearPoseidon2MetalEngine};
use openvm_stark_backend::{
    codec::Encode, proof::Proof, test_utils::test_system_params_small_with_poly_len, StarkEngine,
    SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    common::{
        random_air::RandomAir,
        statement::{fixtures, without_proof_of_work, Reference, Sc, Statement},
        variants,
    },
    production,
};

/// Two columns of the code matrix of [`small_params`].
pub const SMALL_BLOCK_BYTES: u64 = 8 << 10;

/// A stacked height of 2^9, three rounds of WHIR.
pub fn small_params(l_skip: usize, max_degree: usize) -> SystemParams {
    let n_stack = 9 - l_skip;
    let params = test_system_params_small_with_poly_len(l_skip, n_stack, 3, 0, max_degree);
    without_proof_of_work(params)
}

pub fn assert_equals_reference(
    statement: &Statement,
    params: &SystemParams,
    all_options: &[GpuOptions],
) {
    let (pk, _) = statement.keygen(params);
    let expected = statement.prove(&Reference::new(params.clone()), &pk);
    for options in all_options {
        let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), options).unwrap();
        let proof = statement.prove(&engine, &pk);
        let case = format!("{}, l_skip {}, {options:?}", statement.name, params.l_skip);
        assert_same(&proof, &expected, &case);
    }
}

pub fn assert_same(proof: &Proof<Sc>, expected: &Proof<Sc>, case: &str) {
    let is_same = [
        (
            "commitment",
            proof.common_main_commit == expected.common_main_commit,
        ),
        ("GKR", proof.gkr_proof == expected.gkr_proof),
        (
            "batch constraints",
            proof.batch_constraint_proof == expected.batch_constraint_proof,
        ),
        ("stacking", proof.stacking_proof == expected.stacking_proof),
        ("WHIR", proof.whir_proof == expected.whir_proof),
    ];
    let first = is_same.iter().find(|(_, is_same)| !is_same);
    assert_eq!(first, None, "the part that differs first, of {case}");
    let [proof, expected] = [proof, expected].map(|proof| proof.encode_to_vec().unwrap());
    assert!(proof == expected, "bytes of {case}");
}

#[test]
fn fixtures_have_the_reference_proof() {
    for l_skip in [0, 2, 4] {
        let params = small_params(l_skip, 3);
        for statement in fixtures(&params) {
            assert_equals_reference(&statement, &params, &variants(SMALL_BLOCK_BYTES));
        }
    }
}

#[test]
fn random_airs_have_the_reference_proof() {
    for seed in 100..120 {
        let params = small_params(seed as usize % 5, 1 + seed as usize / 5 % 4);
        let statement = Statement::random(seed, &params);
        assert_equals_reference(&statement, &params, &variants(SMALL_BLOCK_BYTES));
    }
}

/// One row, below, at and above `2^l_skip`, the stacked height, and all of them at once.
#[test]
fn traces_at_the_edges_have_the_reference_proof() {
    let l_skip = 3;
    let params = small_params(l_skip, 3);
    let cases: [&[usize]; 6] = [&[0], &[2], &[3], &[4], &[9], &[9, 0, 4, 2, 3, 1]];
    for (seed, log_heights) in (0..).zip(cases) {
        let air = |&log_height: &usize| {
            let seed = seed * 10 + log_height as u64;
            (RandomAir::with_every_part(seed, 3, 1 << log_height), true)
        };
        let airs = log_heights.iter().map(air).collect();
        let name = format!("heights 2^{log_heights:?}");
        let statement = Statement::of_random_airs(&name, seed, &params, airs);
        if log_heights.contains(&9) {
            let (pk, _) = statement.keygen(&params);
            let (layer_len, _) = statement.input_layer(&pk);
            let layer_bytes = (layer_len * size_of::<EF>()) as u64;
            assert!(
                layer_bytes > SMALL_BLOCK_BYTES,
                "LogUp in one block: {name}"
            );
        }
        assert_equals_reference(&statement, &params, &variants(SMALL_BLOCK_BYTES));
    }
}

/// Beyond 2^6, where kernels take other forms; traces are below, at and above `2^l_skip`.
#[test]
fn large_skip_domains_have_the_reference_proof() {
    for (l_skip, log_heights) in [(7, [9, 8, 7, 6, 0]), (9, [9, 9, 8, 4, 0])] {
        let params = small_params(l_skip, 3);
        let airs = log_heights.map(|log_height: usize| {
            let seed = (l_skip + log_height) as u64;
            (RandomAir::with_every_part(seed, 3, 1 << log_height), true)
        });
        let name = format!("heights 2^{log_heights:?}");
        let statement = Statement::of_random_airs(&name, 1, &params, airs.into());
        assert_equals_reference(&statement, &params, &variants(SMALL_BLOCK_BYTES));
    }
}

/// Thousands of constraints, many interactions, nothing but interactions, and a degree beyond that of
/// upstream's parameters.
#[test]
fn unusual_airs_have_the_reference_proof() {
    let params = small_params(2, 7);
    let every_part = |seed| RandomAir::with_every_part(seed, 7, 1 << 4);
    let huge = RandomAir {
        n_constraints: 2_500,
        ..every_part(1)
    };
    let talkative = RandomAir {
        n_interactions: 60,
        ..every_part(2)
    };
    let interactions_only = RandomAir {
        n_constraints: 0,
        ..every_part(4)
    };
    for (seed, air) in (0..).zip([huge, talkative, interactions_only]) {
        let name = format!("{air:?}");
        let airs = vec![(every_part(5), true), (air, true)];
        let statement = Statement::of_random_airs(&name, seed, &params, airs);
        assert_equals_reference(&statement, &params, &variants(SMALL_BLOCK_BYTES));
    }
}

/// The tallest, the shortest, or all AIRs but one are absent.
#[test]
fn statements_with_absent_airs_have_the_reference_proof() {
    let params = small_params(2, 3);
    let presences = [
        [false, true, true, true],
        [true, true, true, false],
        [false, false, true, false],
    ];
    for (seed, present) in (0..).zip(presences) {
        let air = |(log_height, is_present): (usize, bool)| {
            let air = RandomAir::with_every_part(seed + log_height as u64, 3, 1 << log_height);
            (air, is_present)
        };
        let airs = [6, 4, 2, 0].into_iter().zip(present).map(air).collect();
        let name = format!("presence {present:?}");
        let statement = Statement::of_random_airs(&name, seed, &params, airs);
        assert_equals_reference(&statement, &params, &variants(SMALL_BLOCK_BYTES));
    }
}

#[test]
fn production_parameters_have_the_reference_proof() {
    for (name, params) in production::parameter_sets(0) {
        let column_bytes = 4 << (production::LOG_STACKED_HEIGHT + params.log_blowup);
        let mut statement = production::statement(&params);
        statement.name = format!("{name}, {}", statement.name);
        assert_equals_reference(&statement, &params, &variants(column_bytes));
    }
}
