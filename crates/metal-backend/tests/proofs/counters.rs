//! How often a proof waits for the device, and how often it gives it work.

use std::{cell::RefCell, sync::Once};

use openvm_metal_backend::internals::{
    gpu::{Counters, GpuOptions},
    BabyBearPoseidon2MetalEngine,
};
use openvm_stark_backend::{
    prover::DeviceDataTransporter,
    test_utils::{test_system_params_small, SelfInteractionFixture},
    StarkEngine,
};
use tracing::{
    field::{Field, Visit},
    span, Event, Metadata, Subscriber,
};

use crate::{
    common::statement::{mixture, without_proof_of_work, Statement},
    options_of_an_own_gpu,
};

/// What the engine logged of one of its stages.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stage {
    name: String,
    submissions: u64,
    dispatches: u64,
    round_trips: u64,
}

impl Visit for Stage {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "submissions" => self.submissions = value,
            "dispatches" => self.dispatches = value,
            "round_trips" => self.round_trips = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "stage" {
            value.clone_into(&mut self.name);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

thread_local! {
    static LOGGED: RefCell<Vec<Stage>> = const { RefCell::new(Vec::new()) };
}

/// Collects the `gpu_counters` events of each thread. The whole process's, as a subscriber of one
/// thread may miss events that another thread meets first.
struct Log;

/// The stages that this thread logs while it runs `action`.
fn stages_of(action: impl FnOnce()) -> Vec<Stage> {
    static IS_LISTENING: Once = Once::new();
    IS_LISTENING.call_once(|| tracing::subscriber::set_global_default(Log).unwrap());
    LOGGED.take();
    action();
    LOGGED.take()
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.fields().field("round_trips").is_some()
    }

    fn event(&self, event: &Event<'_>) {
        let mut stage = Stage::default();
        event.record(&mut stage);
        LOGGED.with_borrow_mut(|stages| stages.push(stage));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A proof over AIRs with interactions and `2^log_height` rows, on a GPU of the test's own: its stages, and all
/// of it.
fn prove(options: &GpuOptions, widths: Vec<usize>, log_height: usize) -> (Vec<Stage>, Counters) {
    let params = test_system_params_small(2, 10, 3);
    let fixture = SelfInteractionFixture::new(widths, log_height, 4);
    let statement = Statement::of("SelfInteraction", &fixture);
    let (pk, _) = statement.keygen(&params);
    let engine = BabyBearPoseidon2MetalEngine::with_options(params, options).unwrap();
    let device_pk = engine.device().transport_pk_to_device(&pk);

    let gpu = engine.device().gpu().unwrap();
    let before = gpu.counters();
    let stages = stages_of(|| drop(statement.prove_with_key(&engine, &device_pk)));
    (stages, gpu.counters() - before)
}

#[test]
fn round_trips_do_not_depend_on_the_number_of_rounds() {
    let options = options_of_an_own_gpu();
    let (stages, all) = prove(&options, vec![2, 3], 4);
    let (stages_of_more_rounds, all_of_more_rounds) = prove(&options, vec![2, 3], 10);
    let waits_of = |stages: &[Stage]| -> Vec<_> {
        let waits = |stage: &Stage| (stage.name.clone(), stage.submissions, stage.round_trips);
        stages.iter().map(waits).collect()
    };
    assert_eq!(waits_of(&stages), waits_of(&stages_of_more_rounds));
    let waits = |counters: Counters| (counters.submissions, counters.round_trips);
    assert_eq!(waits(all), waits(all_of_more_rounds));

    assert!(all.round_trips <= 12, "{all:?}");
    for name in ["logup_gkr", "round0", "mle_rounds"] {
        let parts = stages.iter().filter(|stage| stage.name.contains(name));
        let round_trips: Vec<_> = parts.map(|stage| stage.round_trips).collect();
        assert!(!round_trips.is_empty(), "no stage {name} in {stages:?}");
        assert!(round_trips.iter().sum::<u64>() <= 2, "{name} in {stages:?}");
    }
}

/// Short traces share the dispatches of the input layer and of the batch sumcheck.
#[test]
fn dispatches_do_not_depend_on_the_number_of_airs() {
    let options = options_of_an_own_gpu();
    let [(of_one, _), (of_eight, _)] = [1, 8].map(|n_airs| prove(&options, vec![3; n_airs], 7));
    for name in ["input_evals", "round0", "mle_rounds"] {
        let dispatches = |stages: &[Stage]| {
            let stage = stages.iter().find(|stage| stage.name.ends_with(name));
            stage.map(|stage| stage.dispatches)
        };
        assert!(dispatches(&of_one) > Some(0), "{of_one:?}");
        assert_eq!(dispatches(&of_one), dispatches(&of_eight), "{name}");
    }
}

/// A GPU that is said to be slow gets short dispatches and submissions, and makes the same proof.
#[test]
fn a_slow_gpu_gets_its_work_in_parts() {
    let params = without_proof_of_work(test_system_params_small(2, 10, 3));
    let statement = mixture(&params);
    let (pk, vk) = statement.keygen(&params);
    let own = options_of_an_own_gpu();
    let prove = |multiplications_per_ms| {
        let options = GpuOptions {
            multiplications_per_ms,
            ..own.clone()
        };
        let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options).unwrap();
        let device_pk = engine.device().transport_pk_to_device(&pk);
        let gpu = engine.device().gpu().unwrap();
        let before = gpu.counters();
        let proof = statement.prove_with_key(&engine, &device_pk);
        engine.verify(&vk, &proof).unwrap();
        (proof, gpu.counters() - before)
    };
    let (proof, counters) = prove(None);
    // Four workgroups of 256 threads, each of them typical, in 50 ms.
    let (of_slow, counters_of_slow) = prove(Some(4 * 256 * 100 / 50));
    println!("{counters:?}, and in parts {counters_of_slow:?}");
    assert!(of_slow == proof);
    assert!(counters_of_slow.dispatches > 2 * counters.dispatches);
    assert!(counters_of_slow.submissions > 2 * counters.submissions);
    assert_eq!(counters_of_slow.round_trips, counters.round_trips);
    let (of_fast, counters_of_fast) = prove(Some(u64::MAX));
    assert!(of_fast == proof);
    assert_eq!(counters_of_fast.dispatches, counters.dispatches);
}
