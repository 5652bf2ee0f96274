//! Threads that prove at once on one adapter give the proofs that they give alone.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicBool, Ordering::Relaxed},
        Barrier,
    },
    thread,
};

use openvm_metal_backend::internals::{
    gpu::{Gpu, GpuOptions},
    BabyBearPoseidon2MetalEngine,
};
use openvm_stark_backend::{
    keygen::types::MultiStarkProvingKey, p3_field::PrimeCharacteristicRing, proof::Proof,
    prover::DeviceDataTransporter, test_utils::default_test_params_small, StarkEngine,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::common::statement::{mixture, Sc, Statement};

const REPETITIONS: usize = 4;

/// A statement with the proof that is made of it while nothing else runs.
struct Alone {
    statement: Statement,
    pk: MultiStarkProvingKey<Sc>,
    proof: Proof<Sc>,
}

impl Alone {
    fn new(statement: Statement) -> Self {
        let (pk, _) = statement.keygen(&default_test_params_small());
        let proof = statement.prove(&engine(), &pk);
        Self {
            statement,
            pk,
            proof,
        }
    }

    fn proves_the_same(&self, engine: &BabyBearPoseidon2MetalEngine) -> bool {
        self.statement.prove(engine, &self.pk) == self.proof
    }
}

fn engine() -> BabyBearPoseidon2MetalEngine {
    BabyBearPoseidon2MetalEngine::new(default_test_params_small())
}

fn statements() -> [Alone; 2] {
    let params = default_test_params_small();
    [mixture(&params), Statement::random(7, &params)].map(Alone::new)
}

/// Whether `prove` holds several times, each as soon as the other threads are ready for theirs.
fn repeat(barrier: &Barrier, prove: impl Fn() -> bool) -> bool {
    // A thread that stopped at its first failure would leave the others waiting.
    let results = [(); REPETITIONS].map(|()| {
        barrier.wait();
        catch_unwind(AssertUnwindSafe(&prove))
    });
    results.iter().all(|result| matches!(result, Ok(true)))
}

/// Asserts that `prove` holds for both statements at once, several times.
fn assert_at_once(prove: impl Fn(&Alone) -> bool + Sync) {
    let statements = statements();
    let barrier = Barrier::new(statements.len());
    thread::scope(|scope| {
        for alone in &statements {
            let is_same = || repeat(&barrier, || prove(alone));
            scope.spawn(move || assert!(is_same(), "{}", alone.statement.name));
        }
    });
}

#[test]
fn engines_are_send_and_sync() {
    fn is_send_and_sync<T: Send + Sync>(_: &T) {}
    is_send_and_sync(&engine());
}

#[test]
fn two_threads_share_an_engine() {
    let engine = engine();
    assert_at_once(|alone| alone.proves_the_same(&engine));
}

/// The traces of the next proof come while one is made.
#[test]
fn traces_arrive_while_a_proof_is_made() {
    const WIDTH: usize = 33;
    let [alone, _] = statements();
    let engine = engine();
    let device = engine.device();
    let rows: Vec<F> = (0..WIDTH << 15).map(F::from_usize).collect();
    let columns = (0..WIDTH).flat_map(|c| rows.iter().skip(c).step_by(WIDTH));
    let columns: Vec<F> = columns.copied().collect();
    let is_proven = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_proven.load(Relaxed) {
                let trace = device.upload_row_major(&rows, WIDTH);
                assert!(device.download(&trace).unwrap().values == columns);
            }
        });
        let is_same = catch_unwind(AssertUnwindSafe(|| alone.proves_the_same(&engine)));
        is_proven.store(true, Relaxed);
        assert!(matches!(is_same, Ok(true)));
    });
}

/// The engines come and go, and with them the memory that is idle on the adapter they share.
#[test]
fn two_threads_have_engines_of_their_own() {
    assert_at_once(|alone| alone.proves_the_same(&engine()));
}

/// With memory for one proof and the traces of the other, one waits for the other.
#[test]
fn proofs_that_do_not_fit_beside_each_other_wait() {
    let [alone, _] = statements();
    let prover = |budget| {
        let options = GpuOptions {
            memory_budget_bytes: Some(budget),
            ..GpuOptions::from_env().unwrap()
        };
        let params = default_test_params_small();
        let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options).unwrap();
        let pk = engine.device().transport_pk_to_device(&alone.pk);
        (Gpu::shared(&options).unwrap(), engine, pk)
    };
    let (gpu, engine, pk) = prover(1 << 42);
    let traces = || {
        engine
            .device()
            .transport_proving_ctx_to_device(&alone.statement.context)
    };
    let before = gpu.in_use_bytes();
    let held = traces();
    let trace_bytes = gpu.in_use_bytes() - before;
    drop(held);
    assert!(alone.statement.prove_with_key(&engine, &pk) == alone.proof);

    let (gpu, engine, pk) = prover(gpu.highest_bytes() + trace_bytes);
    let barrier = Barrier::new(2);
    let prove = || alone.statement.prove_with_key(&engine, &pk) == alone.proof;
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert!(repeat(&barrier, prove)));
        }
    });
    assert!(gpu.highest_bytes() <= gpu.memory_bytes().unwrap());
}
