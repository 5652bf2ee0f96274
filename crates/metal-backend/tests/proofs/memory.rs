//! Proofs do not pile up memory, and an engine gives back what it took.

use openvm_metal_backend::{gpu::Gpu, BabyBearPoseidon2MetalEngine};
use openvm_stark_backend::{
    prover::DeviceDataTransporter, test_utils::default_test_params_small, StarkEngine,
};

use crate::{common::statement::mixture, options_of_an_own_gpu};

const N_WARM: usize = 2;
const N_PROOFS: usize = 12;

#[test]
fn proofs_do_not_grow_and_a_dropped_engine_gives_memory_back() {
    let options = options_of_an_own_gpu(1);
    let params = default_test_params_small();
    let statement = mixture(&params);
    let (pk, _) = statement.keygen(&params);
    let gpu = Gpu::shared(&options).unwrap();

    // The bytes reserved after each proof of an engine, and after its end.
    let prove = |n_proofs: usize| {
        let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options).unwrap();
        let device_pk = engine.device().transport_pk_to_device(&pk);
        let after_each: Vec<_> = (0..n_proofs)
            .map(|_| {
                drop(statement.prove_with_key(&engine, &device_pk));
                (gpu.in_use_bytes(), gpu.reserved_bytes())
            })
            .collect();
        drop((device_pk, engine));
        (after_each, gpu.reserved_bytes())
    };

    // What stays are tables of the kernels, which are made once.
    let (_, tables) = prove(1);
    let (after_each, at_end) = prove(N_WARM + N_PROOFS);
    let warm = after_each[N_WARM - 1];
    assert_eq!(after_each[N_WARM..], [warm; N_PROOFS]);
    assert!(warm.1 > tables, "{warm:?} with an engine, {tables} without");
    assert_eq!(at_end, tables);
}
