//! What a proof takes is known before it starts; proofs do not pile up memory, and an engine gives
//! back what it took.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use openvm_metal_backend::internals::{
    gpu::{Counters, Gpu, GpuOptions},
    BabyBearPoseidon2MetalEngine, MetalBackend, MetalError,
};
use openvm_stark_backend::{
    keygen::types::MultiStarkProvingKey,
    memory_metering::ProvingMemoryCounts,
    p3_field::PrimeCharacteristicRing,
    proof::Proof,
    prover::{
        AirProvingContext, ColMajorMatrix, DeviceDataTransporter, MatrixDimensions, ProverBackend,
        ProvingContext,
    },
    test_utils::{default_test_params_small, test_system_params_small, SelfInteractionFixture},
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security,
    baby_bear_poseidon2::{EF, F},
    hook_params_with_100_bits_security, internal_params_with_100_bits_security,
    leaf_params_with_100_bits_security, root_params_with_100_bits_security,
};

use crate::{
    common::{
        random_air::RandomAir,
        statement::{mixture, without_proof_of_work, Sc, Statement},
    },
    options_of_an_own_gpu,
};

const N_WARM: usize = 2;
const N_PROOFS: usize = 12;

#[test]
fn proofs_do_not_grow_and_a_dropped_engine_gives_memory_back() {
    let options = options_of_an_own_gpu();
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

    // What stays in use are tables of the kernels, which are made once. The next engine finds idle
    // memory if it comes soon, and when none comes, that goes back.
    prove(1);
    let tables = gpu.live_bytes();
    let (after_each, at_end) = prove(N_WARM + N_PROOFS);
    let warm = after_each[N_WARM - 1];
    assert_eq!(after_each[N_WARM..], [warm; N_PROOFS]);
    assert!(warm.1 > tables, "{warm:?} with an engine, {tables} without");
    assert_eq!(at_end, warm.1);
    let start = Instant::now();
    while gpu.reserved_bytes() > tables && start.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(gpu.reserved_bytes(), tables);
}

/// Aggregation makes an engine for each proof.
#[test]
fn a_proof_by_a_new_engine_takes_nothing_from_the_driver() {
    let options = options_of_an_own_gpu();
    let params = default_test_params_small();
    let statement = mixture(&params);
    let (pk, _) = statement.keygen(&params);
    let gpu = Gpu::shared(&options).unwrap();
    let created = [(); 4].map(|()| {
        let before = gpu.counters();
        let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options).unwrap();
        let device_pk = engine.device().transport_pk_to_device(&pk);
        drop(statement.prove_with_key(&engine, &device_pk));
        (gpu.counters() - before).buffers_created
    });
    assert!(created[0] > 0);
    assert_eq!(created[1..], [0; 3]);
}

/// A proof on a GPU of its own with a budget.
struct Attempt {
    proof: Result<Proof<Sc>, MetalError>,
    /// What was done after traces and keys were on the GPU.
    done: Counters,
    highest_bytes: u64,
}

impl Attempt {
    fn new(
        params: &SystemParams,
        statement: &Statement,
        pk: &MultiStarkProvingKey<Sc>,
        options: &GpuOptions,
    ) -> Self {
        let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), options).unwrap();
        let device = engine.device();
        let gpu = device.gpu().unwrap();
        let device_pk = device.transport_pk_to_device(pk);
        let context = device.transport_proving_ctx_to_device(&statement.context);
        let before = gpu.counters();
        let proof = engine.prove(&device_pk, context);
        Self {
            proof,
            done: gpu.counters() - before,
            highest_bytes: gpu.highest_bytes(),
        }
    }
}

#[test]
fn a_budget_is_enough_or_refused_before_any_work() {
    assert_budgets(None);
}

/// The traces, the code and LogUp's fractions are in several blocks.
#[test]
fn a_budget_for_blocks_is_enough_or_refused_before_any_work() {
    assert_budgets(Some(32 << 10));
}

fn assert_budgets(max_binding_bytes: Option<u64>) {
    let params = without_proof_of_work(test_system_params_small(2, 10, 3));
    let fixture = SelfInteractionFixture::new(vec![4, 7, 20], 9, 4);
    let statement = Statement::of("SelfInteraction", &fixture);
    let (pk, _) = statement.keygen(&params);
    let (layer_len, _) = statement.input_layer(&pk);
    let layer_bytes = (layer_len * size_of::<EF>()) as u64;
    assert!(max_binding_bytes.is_none_or(|bytes| layer_bytes > bytes));
    let with_budget = |memory_budget_bytes| {
        let options = GpuOptions {
            memory_budget_bytes,
            max_binding_bytes,
            ..GpuOptions::from_env().unwrap()
        };
        Attempt::new(&params, &statement, &pk, &options)
    };
    let attempt = |budget| with_budget(Some(budget));

    let plenty = with_budget(options_of_an_own_gpu().memory_budget_bytes);
    let proof = plenty.proof.unwrap();
    // Just what the proof took: done in the same way.
    let enough = attempt(plenty.highest_bytes);
    assert_eq!(enough.proof.unwrap(), proof);
    assert_eq!(enough.done.dispatches, plenty.done.dispatches);
    assert_eq!(enough.highest_bytes, plenty.highest_bytes);
    // A byte less: the code matrix is made twice, or nothing is done.
    let without_code = attempt(plenty.highest_bytes - 1);
    assert_ne!(without_code.done.dispatches, plenty.done.dispatches);
    // Less than that takes: refused, with the number that is enough.
    let refused = attempt(plenty.highest_bytes / 2);
    let error = refused.proof.unwrap_err();
    let MetalError::NotEnoughMemory { needed, available } = error else {
        panic!("{error}");
    };
    assert_eq!(available, plenty.highest_bytes / 2);
    let least = attempt(needed);
    assert_eq!(least.proof.unwrap(), proof);
    assert_eq!(least.highest_bytes, needed);
    assert!(attempt(needed - 1).proof.is_err());
    assert_eq!(refused.done.submissions, 0);
}

/// That it is memory which is missing, and no buffer too large, shows that the whole proof was planned.
#[test]
fn at_production_heights_no_buffer_is_larger_than_a_column_of_the_code_matrix() {
    const WIDTH: usize = 2;
    let sets = [
        ("app", app_params_with_100_bits_security(24)),
        ("leaf", leaf_params_with_100_bits_security()),
        ("internal", internal_params_with_100_bits_security()),
        ("root", root_params_with_100_bits_security()),
        ("hook", hook_params_with_100_bits_security()),
    ];
    for (name, params) in sets {
        let height = 1 << params.log_stacked_height();
        let trace = ColMajorMatrix::new(F::zero_vec(WIDTH * height), WIDTH);
        let air = RandomAir {
            preprocessed: 0,
            cached: Vec::new(),
            common: WIDTH,
            n_public_values: 0,
            ..RandomAir::with_every_part(1, params.max_constraint_degree, height)
        };
        let statement = Statement {
            name: name.to_owned(),
            airs: vec![Arc::new(air)],
            context: ProvingContext::new(vec![(0, AirProvingContext::simple_no_pis(trace))]),
        };
        let (pk, _) = statement.keygen(&params);
        let trace_bytes = (WIDTH * height * size_of::<F>()) as u64;
        let options = GpuOptions {
            max_binding_bytes: Some(4 << (params.log_stacked_height() + params.log_blowup)),
            memory_budget_bytes: Some(trace_bytes + (32 << 20)),
            ..GpuOptions::from_env().unwrap()
        };
        let error = Attempt::new(&params, &statement, &pk, &options).proof;
        let error = error.unwrap_err();
        assert!(
            matches!(error, MetalError::NotEnoughMemory { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn upstream_estimates_at_least_what_a_proof_takes() {
    let params = test_system_params_small(2, 10, 3);
    let fixture = SelfInteractionFixture::new(vec![4, 7, 20], 9, 4);
    let statement = Statement::of("SelfInteraction", &fixture);
    let (pk, _) = statement.keygen(&params);
    let options = options_of_an_own_gpu();
    let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options).unwrap();
    let device_pk = engine.device().transport_pk_to_device(&pk);
    drop(statement.prove_with_key(&engine, &device_pk));

    let mut counts = ProvingMemoryCounts::default();
    for (air_id, trace) in &statement.context.per_trace {
        let pk = &device_pk.per_air[*air_id];
        let height = trace.common_main.values.len() / trace.common_main.width();
        let cells = trace.common_main.values.len();
        if pk.vk.params.need_rot {
            counts.main_cells_with_rot += cells;
        } else {
            counts.main_cells_without_rot += cells;
        }
        counts.interaction_cells += height * pk.vk.symbolic_constraints.interactions.len();
        let of_row = <MetalBackend as ProverBackend>::constraint_eval_buffer_size(pk);
        assert!(of_row >= trace.common_main.width());
        counts.constraint_eval_cells += height * of_row;
    }
    let estimate = engine.proving_memory_config().estimate(counts);
    let taken = engine.device().gpu().unwrap().highest_bytes();
    assert!(estimate.total as u64 >= taken, "{estimate:?} for {taken}");
}

/// Through DX12 it is not known.
#[test]
fn how_much_memory_there_is_is_known_without_a_budget() {
    let options = GpuOptions {
        memory_budget_bytes: None,
        ..GpuOptions::from_env().unwrap()
    };
    let gpu = Gpu::shared(&options).unwrap();
    let is_known = gpu.memory_bytes().is_some_and(|bytes| bytes > 1 << 28);
    assert_eq!(is_known, gpu.adapter().backend != "dx12", "{gpu:?}");
}
