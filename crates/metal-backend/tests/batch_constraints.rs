//! The proof of the batch constraints equals upstream's, field by field, and so do the opening
//! point and the transcript after it.

mod common;

use std::sync::Arc;

use common::{
    random_air::RandomAir,
    statement::{fixtures, without_proof_of_work, Reference, Sc, Statement},
    variants,
};
use openvm_metal_backend::internals::{
    constraints::{
        gkr_input, kernels::ConstraintKernels, logup_gkr::fractional_sumcheck, statement,
    },
    engine::trace_inputs::trace_inputs,
    gpu::{Columns, GpuOptions},
    transcript::{DeviceTranscript, MetalTranscript, SpongeState},
    BabyBearPoseidon2MetalEngine,
};
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing,
    prover::{AirProvingContext, DeviceDataTransporter, ProvingContext},
    test_utils::{prove_up_to_batch_constraints, test_system_params_small_with_poly_len},
    FiatShamirTranscript, StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

/// Two columns of the code matrix.
const SMALL_BLOCK_BYTES: u64 = 8 << 10;

fn params(l_skip: usize, max_degree: usize) -> SystemParams {
    let n_stack = 9 - l_skip;
    let params = test_system_params_small_with_poly_len(l_skip, n_stack, 3, 0, max_degree);
    without_proof_of_work(params)
}

fn transcript<TS: FiatShamirTranscript<Sc>>(mut transcript: TS) -> TS {
    (0..5).for_each(|i| transcript.observe(F::from_u32(i)));
    transcript
}

fn assert_equals_reference(mut statement: Statement, params: &SystemParams, all: &[GpuOptions]) {
    statement.context = statement.context.into_sorted();
    let (pk, _) = statement.keygen(params);
    let reference = Reference::new(params.clone());
    let mut expected_transcript = transcript(reference.initial_transcript());
    let device = reference.device();
    let (expected, expected_r) = prove_up_to_batch_constraints(
        &reference,
        &mut expected_transcript,
        &device.transport_pk_to_device(&pk),
        device.transport_proving_ctx_to_device(&statement.context),
    );

    for options in all {
        let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), options).unwrap();
        let mut actual_transcript = transcript(MetalTranscript::new(true));
        let device = engine.device();
        let (proof, r) = prove_up_to_batch_constraints(
            &engine,
            &mut actual_transcript,
            &device.transport_pk_to_device(&pk),
            device.transport_proving_ctx_to_device(&statement.context),
        );

        let case = format!("{}, l_skip {}, {options:?}", statement.name, params.l_skip);
        assert_eq!(proof.0, expected.0, "GKR proof of {case}");
        let (proof, expected) = (proof.1, &expected.1);
        let claims = [
            &proof.numerator_term_per_air,
            &proof.denominator_term_per_air,
        ];
        let expected_claims = [
            &expected.numerator_term_per_air,
            &expected.denominator_term_per_air,
        ];
        assert_eq!(claims, expected_claims, "claims of {case}");
        let coefficients = (
            &proof.univariate_round_coeffs,
            &expected.univariate_round_coeffs,
        );
        assert_eq!(coefficients.0, coefficients.1, "round 0 of {case}");
        let rounds = (&proof.sumcheck_round_polys, &expected.sumcheck_round_polys);
        assert_eq!(rounds.0, rounds.1, "rounds of {case}");
        assert_eq!(r, expected_r, "r of {case}");
        assert_eq!(
            proof.column_openings, expected.column_openings,
            "openings of {case}"
        );
        let expected_state = SpongeState::from(&expected_transcript);
        assert_eq!(
            actual_transcript.sponge_state(),
            expected_state,
            "transcript of {case}"
        );
    }
}

#[test]
fn fixtures_equal_reference() {
    for l_skip in [0, 2, 4] {
        let params = params(l_skip, 3);
        for statement in fixtures(&params) {
            assert_equals_reference(statement, &params, &variants(SMALL_BLOCK_BYTES));
        }
    }
}

#[test]
fn random_airs_equal_reference() {
    let all = variants(SMALL_BLOCK_BYTES);
    for case in 0..40 {
        let params = params(case % 5, 1 + case / 5 % 4);
        let statement = Statement::random(case as u64, &params);
        let options = &all[case % all.len()];
        assert_equals_reference(statement, &params, std::slice::from_ref(options));
    }
}

/// One interaction's fractions are in two blocks of the input layer, others share one, and bands have
/// few rows.
#[test]
fn an_input_layer_in_blocks_equals_reference() {
    const COLUMN_BYTES: u64 = 4 << 10;
    const BLOCK_LEN: usize = (COLUMN_BYTES as usize) / size_of::<EF>();
    for (seed, l_skip) in [(1, 0), (2, 3)] {
        let params = params(l_skip, 3);
        let air = |log_height| {
            let air = RandomAir::with_every_part(seed + log_height, 3, 1usize << log_height);
            (air, true)
        };
        let airs = [9, 7, 1].map(air).into();
        let statement = Statement::of_random_airs("an input layer in blocks", seed, &params, airs);
        let (pk, _) = statement.keygen(&params);
        let (layer_len, longest) = statement.input_layer(&pk);
        assert!(longest == 2 * BLOCK_LEN && layer_len > 4 * BLOCK_LEN);
        let [.., in_blocks] = variants(COLUMN_BYTES);
        assert_equals_reference(statement, &params, &[in_blocks]);
    }
}

/// Nothing of the largest statements needs more than a binding, or a second layer. Recorded only, as
/// there is no memory for it everywhere.
#[test]
fn two_to_the_28_fractions_fit_into_small_bindings() {
    const HEIGHT: usize = 1 << 21;
    const WIDTH: usize = 3;
    const LAYER_BYTES: u64 = (2 * size_of::<EF>() as u64) << 28;
    const OTHER_BYTES: u64 = 1 << 30;
    let params = params(4, 3);
    let air = RandomAir {
        preprocessed: 0,
        cached: vec![],
        common: WIDTH,
        n_public_values: 0,
        // Each is there twice.
        n_interactions: 40,
        ..RandomAir::with_every_part(1, 3, HEIGHT)
    };
    let (pk, _) = Reference::new(params.clone()).keygen(&[Arc::new(air)]);
    let options = GpuOptions {
        max_binding_bytes: Some(128 << 20),
        ..GpuOptions::from_env().unwrap()
    };
    let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options).unwrap();
    let pk = engine.device().transport_pk_to_device(&pk);
    let gpu = engine.device().gpu().unwrap().rehearsal();
    let trace = AirProvingContext {
        cached_mains: vec![],
        common_main: Columns::alloc(&gpu, HEIGHT, WIDTH, "test").unwrap().into(),
        public_values: vec![],
    };
    let context = ProvingContext::new(vec![(0, trace)]);
    let degree = pk.max_constraint_degree;
    let traces = trace_inputs(&pk, &context).unwrap();
    let statement = statement::Statement::new(&gpu, params.l_skip, degree, traces).unwrap();
    let kernels = ConstraintKernels::new(&gpu, params.l_skip).unwrap();

    let mut recorder = gpu.recorder("test");
    let layer = gkr_input::record(&mut recorder, &kernels, &statement, [EF::TWO; 2]).unwrap();
    recorder.submit().unwrap().wait().unwrap();
    assert_eq!((layer.log_len(), layer.n_blocks()), (28, 32));
    assert!(gpu.highest_bytes() < LAYER_BYTES + OTHER_BYTES);

    let mut transcript = MetalTranscript::new(false);
    fractional_sumcheck(&gpu, &mut transcript, Some(&layer), true).unwrap();
    assert!(gpu.highest_bytes() < 2 * LAYER_BYTES + OTHER_BYTES);
}
