//! How often a proof waits for the device.

use std::sync::{Arc, Mutex};

use openvm_metal_backend::{gpu::Counters, BabyBearPoseidon2MetalEngine};
use openvm_stark_backend::{
    prover::DeviceDataTransporter,
    test_utils::{test_system_params_small, SelfInteractionFixture},
    StarkEngine,
};
use tracing::{
    field::{Field, Visit},
    span, Event, Metadata, Subscriber,
};

use crate::{common::statement::Statement, options_of_an_own_gpu};

/// What the engine logged of one of its stages.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stage {
    name: String,
    submissions: u64,
    round_trips: u64,
}

impl Visit for Stage {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "submissions" => self.submissions = value,
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

/// Collects the `gpu_counters` events of the thread that it listens to.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Stage>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.fields().field("round_trips").is_some()
    }

    fn event(&self, event: &Event<'_>) {
        let mut stage = Stage::default();
        event.record(&mut stage);
        self.0.lock().unwrap().push(stage);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A proof over two AIRs with interactions and `2^log_height` rows: its stages, and all of it.
fn prove(log_height: usize) -> (Vec<Stage>, Counters) {
    let params = test_system_params_small(2, 10, 3);
    let fixture = SelfInteractionFixture::new(vec![2, 3], log_height, 4);
    let statement = Statement::of("SelfInteraction", &fixture);
    let (pk, _) = statement.keygen(&params);
    let options = options_of_an_own_gpu(2);
    let engine = BabyBearPoseidon2MetalEngine::with_options(params, &options).unwrap();
    let device_pk = engine.device().transport_pk_to_device(&pk);

    let gpu = engine.device().gpu().unwrap();
    let before = gpu.counters();
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        drop(statement.prove_with_key(&engine, &device_pk));
    });
    let done = gpu.counters() - before;
    let stages = log.0.lock().unwrap().clone();
    (stages, done)
}

#[test]
fn round_trips_do_not_depend_on_the_number_of_rounds() {
    let (stages, all) = prove(4);
    let (stages_of_more_rounds, all_of_more_rounds) = prove(10);
    assert_eq!(stages, stages_of_more_rounds);
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
