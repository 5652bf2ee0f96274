//! A proof compiles nothing: all that it needs is compiled with its proving key.

use std::sync::Arc;

use openvm_metal_backend::internals::{
    gpu::{Gpu, GpuOptions, KernelText},
    BabyBearPoseidon2MetalEngine,
};
use openvm_stark_backend::{
    prover::DeviceDataTransporter,
    test_utils::{
        test_system_params_small_with_poly_len, FibFixture, InteractionsFixture11,
        PreprocessedAndCachedFixture, TestFixture,
    },
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2Config;

use crate::events::{listen, logged_by};

type Sc = BabyBearPoseidon2Config;

fn params(l_skip: usize, n_stack: usize) -> SystemParams {
    test_system_params_small_with_poly_len(l_skip, n_stack, 3, 0, 3)
}

/// Engine on a GPU that has compiled nothing yet, with the GPU. A budget that no other test has
/// makes it a GPU of its own.
fn fresh_engine(params: SystemParams, number: u64) -> (BabyBearPoseidon2MetalEngine, Arc<Gpu>) {
    listen();
    let options = GpuOptions {
        memory_budget_bytes: Some(u64::MAX - number),
        ..GpuOptions::from_env().unwrap()
    };
    let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options).unwrap();
    let gpu = Gpu::shared(&options).unwrap();
    assert_eq!(gpu.pipelines_compiled(), 0);
    (engine, gpu)
}

/// Compiles with the key, proves, and returns how many kernels that took.
fn assert_proof_compiles_nothing(
    fixture: &impl TestFixture<Sc>,
    params: SystemParams,
    number: u64,
) -> u64 {
    let (engine, gpu) = fresh_engine(params, number);
    let (pk, vk) = fixture.keygen(&engine);
    let device_pk = engine.device().transport_pk_to_device(&pk);
    let with_key = gpu.pipelines_compiled();
    assert!(with_key > 0);

    let context = fixture.generate_proving_ctx();
    let context = engine.device().transport_proving_ctx_to_device(&context);
    let proof = engine.prove(&device_pk, context).unwrap();
    assert_eq!(gpu.pipelines_compiled(), with_key);

    engine.verify(&vk, &proof).unwrap();
    with_key
}

#[test]
fn proofs_compile_nothing_and_keys_what_their_proofs_need() {
    // Two texts of the tree's levels, four of a pass, the challenges, the tail.
    let of_sumcheck = 8;
    let fibonacci = FibFixture::new(0, 1, 32);
    let sels = vec![true, false, false, true, true, false, true, false];
    // An NTT of one pass and of two; without a skip domain, with one, and with one too large for
    // the first pass.
    let all_params = [params(0, 9), params(2, 4), params(5, 4)];
    for (i, params) in all_params.into_iter().enumerate() {
        let number = 3 * i as u64;
        let config = Sc::default_from_params(params.clone());
        let both = PreprocessedAndCachedFixture::new(sels.clone(), config, 2);
        let plain = assert_proof_compiles_nothing(&fibonacci, params.clone(), number);
        let parts = assert_proof_compiles_nothing(&both, params.clone(), number + 1);
        let interactions =
            assert_proof_compiles_nothing(&InteractionsFixture11, params, number + 2);
        assert_eq!(parts, plain);
        assert_eq!(interactions, plain + of_sumcheck);
    }
}

#[test]
fn a_key_logs_what_it_compiled_and_what_it_found() {
    let (engine, gpu) = fresh_engine(params(2, 4), 100);
    let (pk, _) = FibFixture::new(0, 1, 32).keygen(&engine);
    let mut summaries = [(); 2].map(|()| {
        let (_, events) = logged_by(|| engine.device().transport_pk_to_device(&pk));
        let is_summary = |event: &&String| event.contains("kernels_compiled");
        let summaries: Vec<_> = events.iter().filter(is_summary).cloned().collect();
        assert_eq!(summaries.len(), 1, "{events:?}");
        summaries[0].clone()
    });
    let n = gpu.pipelines_compiled();
    let expected = [
        format!("kernels={n} compiled={n} found=0 "),
        format!("kernels={n} compiled=0 found={n} "),
    ];
    for (summary, expected) in summaries.iter_mut().zip(expected) {
        assert!(
            summary.starts_with("INFO") && summary.contains(&expected),
            "{summary}"
        );
    }
}

#[test]
fn a_kernel_that_does_not_compile_is_an_error_of_whoever_asks_for_it() {
    let (_, gpu) = fresh_engine(params(2, 4), 101);
    let broken = KernelText::undeclared("broken", "fn main(".to_owned());
    gpu.compile_ahead(vec![broken.clone()]);
    assert_eq!(gpu.pipelines_compiled(), 1);
    let error = gpu.pipeline(&broken).map(drop).unwrap_err();
    assert!(error.to_string().contains("broken"), "{error}");
    assert_eq!(gpu.pipelines_compiled(), 1);
}
