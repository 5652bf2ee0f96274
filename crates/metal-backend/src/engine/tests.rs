//! What becomes of engines when their GPU is lost, which only this crate's own tests can bring about.

use std::{sync::Arc, time::Duration};

use openvm_stark_backend::{
    keygen::types::MultiStarkProvingKey,
    p3_field::PrimeCharacteristicRing,
    prover::{DeviceDataTransporter, DeviceMultiStarkProvingKey},
    test_utils::{default_test_params_small, FibFixture, TestFixture},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::*;
use crate::gpu::{Gpu, GpuError, GpuOptions};

type Engine = BabyBearPoseidon2MetalEngine;

/// Options that no other test of this process has.
fn options(test: u64) -> GpuOptions {
    GpuOptions {
        memory_budget_bytes: Some((1 << 40) + test),
        ..GpuOptions::from_env().unwrap()
    }
}

fn engine(options: &GpuOptions) -> Engine {
    Engine::with_options(default_test_params_small(), options).unwrap()
}

fn fixture() -> FibFixture {
    FibFixture::new(0, 1, 32)
}

fn host_key(engine: &Engine) -> MultiStarkProvingKey<BabyBearPoseidon2Config> {
    fixture().keygen(engine).0
}

fn key(engine: &Engine) -> DeviceMultiStarkProvingKey<MetalBackend> {
    engine.device().transport_pk_to_device(&host_key(engine))
}

fn traces(engine: &Engine) -> ProvingContext<MetalBackend> {
    let traces = fixture().generate_proving_ctx();
    engine.device().transport_proving_ctx_to_device(&traces)
}

fn assert_proves(engine: &Engine) {
    let proof = engine.prove(&key(engine), traces(engine)).unwrap();
    engine.verify(&host_key(engine).get_vk(), &proof).unwrap();
}

#[test]
fn after_a_lost_gpu_a_new_engine_works_and_what_was_there_is_named() {
    let options = options(1);
    let old = engine(&options);
    let (old_key, old_traces) = (key(&old), traces(&old));
    old.prove(&old_key, share(&old_traces)).unwrap();
    let gpu = Gpu::shared(&options).unwrap();
    gpu.destroy();

    for key in [&old_key, &key(&old)] {
        let error = old.prove(key, share(&old_traces)).unwrap_err();
        let is_lost = matches!(error, MetalError::Gpu(GpuError::DeviceLost { .. }));
        assert!(
            is_lost && error.to_string().contains("new engine"),
            "{error}"
        );
    }

    let new = engine(&options);
    assert!(!Arc::ptr_eq(&gpu, &Gpu::shared(&options).unwrap()));
    assert_proves(&new);
    for error in [
        new.prove(&old_key, traces(&new)).unwrap_err(),
        new.prove(&key(&new), old_traces).unwrap_err(),
    ] {
        let MetalError::Gpu(GpuError::OtherGpu { was_lost, .. }) = error else {
            panic!("{error}");
        };
        assert!(was_lost);
    }
    assert_proves(&new);
}

#[test]
fn a_gpu_that_does_not_answer_in_time_is_lost_and_the_stage_is_named() {
    let impatient = GpuOptions {
        wait_limit: Some(Duration::ZERO),
        ..options(2)
    };
    let engine = engine(&impatient);
    let key = key(&engine);
    let prove = || engine.prove(&key, traces(&engine)).unwrap_err();
    let [first, second] = [prove(), prove()];
    assert_eq!(first.to_string(), second.to_string());
    let MetalError::Gpu(GpuError::DeviceLost { reason }) = first else {
        panic!("{first}");
    };
    assert!(
        reason.starts_with("no progress for 0 s in stage "),
        "{reason}"
    );
    assert_proves(&self::engine(&options(3)));
}

/// Traces of which one value is changed.
fn wrong_traces(engine: &Engine) -> ProvingContext<MetalBackend> {
    let mut traces = fixture().generate_proving_ctx();
    traces.per_trace[0].1.common_main.values[5] += F::ONE;
    engine.device().transport_proving_ctx_to_device(&traces)
}

#[test]
fn a_verifying_engine_returns_no_proof_of_traces_that_violate_constraints() {
    let of = |verify| {
        let gpu = options(4);
        let options = EngineOptions { gpu, verify };
        Engine::with_options(default_test_params_small(), options).unwrap()
    };
    let [unseeing, engine] = [Verify::Off, Verify::On].map(of);
    let vk = host_key(&engine).get_vk();
    let wrong = unseeing.prove(&key(&unseeing), wrong_traces(&unseeing));
    assert!(engine.verify(&vk, &wrong.unwrap()).is_err());

    let error = engine
        .prove(&key(&engine), wrong_traces(&engine))
        .unwrap_err();
    let MetalError::WrongProof { again, .. } = &error else {
        panic!("{error}");
    };
    assert!(
        again.contains("second attempt") && again.contains("are the same"),
        "{error}"
    );
    assert_proves(&engine);
}

#[test]
fn what_two_rejected_proofs_differ_in_is_named() {
    let engine = engine(&options(5));
    let key = key(&engine);
    let verifier = Verifier::new(engine.config(), &key);
    let rejected = |change: fn(&mut Proof<BabyBearPoseidon2Config>)| {
        let mut proof = engine.prove(&key, traces(&engine)).unwrap();
        change(&mut proof);
        verifier.accept(proof).err().unwrap()
    };
    let first = rejected(|proof| proof.common_main_commit[0] += F::ONE);
    let second = rejected(|proof| proof.common_main_commit[0] += F::TWO);
    let message = verifier.error(&first, &second).to_string();
    assert!(message.contains("first differ in value "), "{message}");
    assert!(message.contains(" observed in one and "), "{message}");
    let message = verifier.error(&first, &first).to_string();
    assert!(message.contains("are the same"), "{message}");
}
