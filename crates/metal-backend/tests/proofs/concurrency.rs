//! Threads that prove at once on one adapter give the proofs that they give alone.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::Barrier,
    thread,
};

use openvm_metal_backend::BabyBearPoseidon2MetalEngine;
use openvm_stark_backend::{
    keygen::types::MultiStarkProvingKey, proof::Proof, test_utils::default_test_params_small,
    StarkEngine,
};

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

/// Asserts that `prove` holds for both statements at once, several times.
fn assert_at_once(prove: impl Fn(&Alone) -> bool + Sync) {
    let statements = statements();
    let barrier = Barrier::new(statements.len());
    thread::scope(|scope| {
        for alone in &statements {
            scope.spawn(|| {
                // A thread that stopped at its first failure would leave the other one waiting.
                let results = [(); REPETITIONS].map(|()| {
                    barrier.wait();
                    catch_unwind(AssertUnwindSafe(|| prove(alone)))
                });
                let is_same = results.iter().all(|result| matches!(result, Ok(true)));
                assert!(is_same, "{}", alone.statement.name);
            });
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

/// The engines come and go, and with them the memory that is idle on the adapter they share.
#[test]
fn two_threads_have_engines_of_their_own() {
    assert_at_once(|alone| alone.proves_the_same(&engine()));
}
