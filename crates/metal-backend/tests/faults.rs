//! Every fault of a GPU at every occasion in a small proof: a typed error or the right proof, and the next
//! proof in the same process is right.

#[path = "common/mod.rs"]
mod common;

use std::time::Duration;

use openvm_metal_backend::internals::{
    gpu::{Fault, Gpu, GpuError, GpuOptions},
    BabyBearPoseidon2MetalEngine, EngineOptions, MetalBackend, MetalError, Verify,
};
use openvm_stark_backend::{
    keygen::types::{MultiStarkProvingKey, MultiStarkVerifyingKey},
    proof::Proof,
    prover::{DeviceDataTransporter, DeviceMultiStarkProvingKey},
    test_utils::{test_system_params_small, InteractionsFixture11},
    StarkEngine, SystemParams,
};

use common::statement::{without_proof_of_work, Sc, Statement};

/// A statement to prove again and again on a GPU that no other test has.
struct Bench {
    params: SystemParams,
    options: EngineOptions,
    statement: Statement,
    pk: MultiStarkProvingKey<Sc>,
    vk: MultiStarkVerifyingKey<Sc>,
    prover: Option<Prover>,
    expected: Option<Proof<Sc>>,
}

/// An engine with the key on its GPU.
struct Prover {
    engine: BabyBearPoseidon2MetalEngine,
    key: DeviceMultiStarkProvingKey<MetalBackend>,
}

impl Prover {
    fn prove(&self, statement: &Statement) -> Result<Proof<Sc>, MetalError> {
        let device = self.engine.device();
        let traces = device.transport_proving_ctx_to_device(&statement.context);
        self.engine.prove(&self.key, traces)
    }
}

/// What came of a fault.
#[derive(Debug, Default)]
struct Outcomes {
    /// Occasions at which it struck.
    struck: u64,
    /// How often the proof was right nevertheless.
    survived: u64,
}

impl Bench {
    fn new(test: u64, verify: Verify) -> Self {
        let params = without_proof_of_work(test_system_params_small(2, 8, 3));
        let statement = Statement::of("Interactions", &InteractionsFixture11);
        let (pk, vk) = statement.keygen(&params);
        let mut bench = Self {
            params,
            options: EngineOptions {
                gpu: GpuOptions {
                    memory_budget_bytes: Some((1 << 40) + test),
                    wait_limit: Some(Duration::from_secs(120)),
                    ..GpuOptions::from_env().unwrap()
                },
                verify,
            },
            statement,
            pk,
            vk,
            prover: None,
            expected: None,
        };
        bench.expected = Some(bench.prover().prove(&bench.statement).unwrap());
        bench
    }

    /// The prover, made anew if there is none.
    fn prover(&mut self) -> Prover {
        self.prover.take().unwrap_or_else(|| {
            let params = self.params.clone();
            let engine = BabyBearPoseidon2MetalEngine::with_options(params, &self.options).unwrap();
            let key = engine.device().transport_pk_to_device(&self.pk);
            Prover { engine, key }
        })
    }

    /// Proves with `fault` at each occasion for it in turn, and once without after each. `is_it` says of an
    /// error whether it is the one that the fault should be.
    fn strike_everywhere(&mut self, fault: Fault, is_it: impl Fn(&MetalError) -> bool) -> Outcomes {
        let mut outcomes = Outcomes::default();
        loop {
            let prover = self.prover();
            let gpu = prover.engine.device().gpu().unwrap();
            // So that buffers are made anew.
            gpu.trim();
            gpu.inject(fault, outcomes.struck);
            let result = prover.prove(&self.statement);
            let has_struck = gpu.heal();
            let place = format!("{fault:?} at occasion {}", outcomes.struck);
            match &result {
                Ok(proof) => {
                    assert_eq!(Some(proof), self.expected.as_ref(), "{place}");
                    outcomes.survived += u64::from(has_struck);
                }
                Err(error) => assert!(has_struck && is_it(error), "{place}: {error}"),
            }
            if !has_struck {
                return outcomes;
            }
            outcomes.struck += 1;
            self.prover = match result {
                Err(MetalError::Gpu(GpuError::DeviceLost { .. })) => {
                    let error = prover.prove(&self.statement).unwrap_err();
                    assert!(is_lost(&error), "{place}, then {error}");
                    None
                }
                _ => Some(prover),
            };
            let prover = self.prover();
            let next = prover.prove(&self.statement);
            let next = next.unwrap_or_else(|error| panic!("{place}, then {error}"));
            prover.engine.verify(&self.vk, &next).unwrap();
            assert_eq!(Some(&next), self.expected.as_ref(), "{place}");
            self.prover = Some(prover);
        }
    }
}

fn is_lost(error: &MetalError) -> bool {
    matches!(error, MetalError::Gpu(GpuError::DeviceLost { .. }))
}

fn is_out_of_memory(error: &MetalError) -> bool {
    matches!(error, MetalError::Gpu(GpuError::OutOfMemory { .. }))
}

fn is_undone(error: &MetalError) -> bool {
    is_lost(error) && error.to_string().contains("was not done")
}

#[test]
fn dropped_submissions_are_noticed() {
    let outcomes = Bench::new(1, Verify::Off).strike_everywhere(Fault::Dropped, is_undone);
    println!("dropped: {outcomes:?}");
    assert!(outcomes.struck > 10 && outcomes.survived == 0);
}

/// Kernels read tables of ones, and end: work that does not end is an error of another kind.
#[test]
fn kernels_end_whatever_they_read() {
    let outcomes = Bench::new(10, Verify::Off).strike_everywhere(Fault::Garbage, is_undone);
    println!("garbage: {outcomes:?}");
    assert!(outcomes.struck > 10 && outcomes.survived == 0);
}

#[test]
fn zeroed_buffers_are_noticed() {
    let outcomes = Bench::new(2, Verify::Off).strike_everywhere(Fault::Zeroed, is_undone);
    println!("zeroed: {outcomes:?}");
    assert!(outcomes.struck > 10 && outcomes.survived == 0);
}

#[test]
fn a_device_lost_between_submissions_is_an_error() {
    let outcomes = Bench::new(3, Verify::Off).strike_everywhere(Fault::Lost, is_lost);
    println!("lost: {outcomes:?}");
    assert!(outcomes.struck > 10 && outcomes.survived == 0);
}

#[test]
fn cut_read_backs_are_noticed() {
    let outcomes = Bench::new(4, Verify::Off).strike_everywhere(Fault::CutReadBack, is_undone);
    println!("cut: {outcomes:?}");
    assert!(outcomes.struck > 5 && outcomes.survived == 0);
}

#[test]
fn waits_that_never_end_are_errors() {
    let is_it = |error: &MetalError| is_lost(error) && error.to_string().contains("no progress");
    let outcomes = Bench::new(5, Verify::Off).strike_everywhere(Fault::Unending, is_it);
    println!("unending: {outcomes:?}");
    assert!(outcomes.struck > 5 && outcomes.survived == 0);
}

#[test]
fn refused_memory_is_an_error_and_the_engine_goes_on() {
    let outcomes = Bench::new(6, Verify::Off).strike_everywhere(Fault::Refused, is_out_of_memory);
    println!("refused: {outcomes:?}");
    assert!(outcomes.struck > 20 && outcomes.survived == 0);
}

#[test]
fn memory_refused_once_is_found_at_the_second_attempt() {
    let outcomes = Bench::new(7, Verify::Off).strike_everywhere(Fault::RefusedOnce, |_| false);
    println!("refused once: {outcomes:?}");
    assert!(outcomes.struck > 20 && outcomes.survived == outcomes.struck);
}

/// What the canary cannot see: a verifying engine hands out no wrong proof, and one that does not verify would.
#[test]
fn wrong_values_behind_the_canary_are_noticed_by_the_verifier() {
    let fault = Fault::ZeroedBehindCanary;
    let outcomes = Bench::new(8, Verify::On).strike_everywhere(fault, |_| true);
    println!("zeroed behind the canary, verified: {outcomes:?}");
    assert!(outcomes.struck > 10);

    let mut bench = Bench::new(9, Verify::Off);
    let prover = bench.prover();
    let (mut wrong, mut errors) = (0, 0);
    for occasion in 0..outcomes.struck {
        prover
            .engine
            .device()
            .gpu()
            .unwrap()
            .inject(fault, occasion);
        match prover.prove(&bench.statement) {
            Ok(proof) if prover.engine.verify(&bench.vk, &proof).is_err() => wrong += 1,
            Ok(_) => {}
            Err(_) => errors += 1,
        }
    }
    println!("not verified: {wrong} wrong proofs, {errors} errors");
    assert!(wrong > 0, "the fault does nothing");
}

/// Large uploads, and what is handed over before a stage ends, are submissions that nobody waits for.
#[test]
fn what_nobody_waits_for_is_noticed_at_the_next_wait() {
    let values: Vec<u32> = (0..1 << 18).collect();
    for occasion in 0..2 {
        let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
        let other = gpu.upload(&values[..4], "values").unwrap();
        assert_eq!(gpu.download(&other).unwrap(), values[..4]);
        gpu.inject(Fault::Dropped, occasion);
        let large = gpu.upload(&values, "values").unwrap();
        let mut recorder = gpu.recorder("test");
        recorder.clear(&large, 0..1);
        recorder.flush().unwrap();
        assert!(gpu.heal());
        // Neither what was to be written, nor this work itself, has to do with the wait.
        let error = gpu.download(&other).unwrap_err();
        assert!(is_undone(&MetalError::Gpu(error)), "occasion {occasion}");
    }
}
