//! Threads that prove at once on one adapter give the proofs that they give alone.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicBool, Ordering::Relaxed},
        Arc, Barrier,
    },
    thread,
};

use openvm_metal_backend::internals::{
    gpu::{Gpu, GpuOptions},
    BabyBearPoseidon2MetalEngine, MetalBackend,
};
use openvm_stark_backend::{
    keygen::types::MultiStarkProvingKey,
    p3_field::PrimeCharacteristicRing,
    p3_maybe_rayon::prelude::*,
    proof::Proof,
    prover::{DeviceDataTransporter, DeviceMultiStarkProvingKey},
    test_utils::default_test_params_small,
    StarkEngine,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    common::statement::{mixture, Sc, Statement},
    options_of_an_own_gpu,
};

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

/// A prover with memory for one proof of `alone` and the traces of `n_waiting` others.
struct Tight {
    alone: Alone,
    gpu: Arc<Gpu>,
    engine: BabyBearPoseidon2MetalEngine,
    pk: DeviceMultiStarkProvingKey<MetalBackend>,
}

impl Tight {
    fn new(n_waiting: u64) -> Self {
        let [alone, _] = statements();
        let with_options = |alone: Alone, options: GpuOptions| {
            let params = default_test_params_small();
            let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options).unwrap();
            Self {
                pk: engine.device().transport_pk_to_device(&alone.pk),
                gpu: Gpu::shared(&options).unwrap(),
                engine,
                alone,
            }
        };
        let prover = with_options(alone, options_of_an_own_gpu());
        let before = prover.gpu.in_use_bytes();
        let device = prover.engine.device();
        let held = device.transport_proving_ctx_to_device(&prover.alone.statement.context);
        let trace_bytes = prover.gpu.in_use_bytes() - before;
        drop(held);
        assert!(prover.proves_the_same());
        let budget = prover.gpu.highest_bytes() + n_waiting * trace_bytes;
        let options = GpuOptions {
            memory_budget_bytes: Some(budget),
            ..GpuOptions::from_env().unwrap()
        };
        with_options(prover.alone, options)
    }

    fn proves_the_same(&self) -> bool {
        let proof = self.alone.statement.prove_with_key(&self.engine, &self.pk);
        proof == self.alone.proof
    }
}

#[test]
fn proofs_that_do_not_fit_beside_each_other_wait() {
    let prover = Tight::new(1);
    let barrier = Barrier::new(2);
    let prove = || prover.proves_the_same();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert!(repeat(&barrier, prove)));
        }
    });
    assert!(prover.gpu.highest_bytes() <= prover.gpu.memory_bytes().unwrap());
}

#[test]
fn proofs_by_the_workers_of_a_thread_pool_wait() {
    const N_PROOFS: u64 = 8;
    let prover = Tight::new(N_PROOFS - 1);
    let proofs = (0..N_PROOFS as u32).into_par_iter();
    assert!(proofs.all(|_| prover.proves_the_same()));
}

/// All workers may wait for the memory of a proof, so that must come to its end without them.
#[test]
fn a_proof_needs_no_worker_of_the_thread_pool() {
    let [alone, _] = statements();
    let engine = engine();
    let device = engine.device();
    let pk = device.transport_pk_to_device(&alone.pk);
    let context = device.transport_proving_ctx_to_device(&alone.statement.context);
    let n_workers = current_num_threads();
    let [busy, proven] = [(); 2].map(|()| Barrier::new(n_workers + 1));
    thread::scope(|scope| {
        let wait = |_| {
            busy.wait();
            proven.wait();
        };
        let workers = (0..n_workers).into_par_iter().with_max_len(1);
        scope.spawn(move || workers.for_each(wait));
        busy.wait();
        let proof = catch_unwind(AssertUnwindSafe(|| engine.prove(&pk, context)));
        proven.wait();
        assert!(proof.unwrap().unwrap() == alone.proof);
    });
}
