//! Whole proofs with the AIRs of OpenVM's standard VM on the GPU that the environment chooses: some
//! tall traces and many short ones.
//!
//! Traces are zero, which costs as much as other values. The one AIR that sends something in every
//! row is left out, because such a trace does not balance. With `RUST_LOG=info` the spans and
//! counters of every proof are printed.

use std::{sync::Arc, time::Duration};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use openvm_metal_backend::internals::{BabyBearPoseidon2MetalEngine, MetalBackend, MetalMatrix};
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing,
    prover::{
        AirProvingContext, ColMajorMatrix, CommittedTraceData, DeviceDataTransporter,
        DeviceMultiStarkProvingKey, ProvingContext, TraceCommitter,
    },
    StarkEngine,
};
use openvm_stark_sdk::{
    config::{app_params_with_100_bits_security, baby_bear_poseidon2::F},
    utils::setup_tracing,
};

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../tests/constraint_compiler/airs.rs"]
mod airs;
#[path = "proving_key/mod.rs"]
mod proving_key;

use airs::AirUnderTest;
use proving_key::proving_key;

/// The widest AIR of a simple instruction.
const MAX_NARROW_WIDTH: usize = 64;

/// A key on the device, and zero traces for all of its AIRs.
struct Statement {
    engine: BabyBearPoseidon2MetalEngine,
    pk: DeviceMultiStarkProvingKey<MetalBackend>,
    traces: Vec<AirProvingContext<MetalBackend>>,
}

impl Statement {
    /// Simple instructions have traces of `2^max_log_height` rows down to an eighth of it, all others,
    /// which are wide, 16 to 2,048.
    fn new(log_stacked_height: usize, max_log_height: usize) -> Self {
        let params = app_params_with_100_bits_security(log_stacked_height);
        let engine = BabyBearPoseidon2MetalEngine::try_new(params.clone())
            .expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
        let airs = airs::standard_vm().into_iter();
        let airs: Vec<_> = airs.filter(|air| air.name != "VmConnectorAir").collect();
        let log_height = |(i, air): (usize, &AirUnderTest)| match air.params.width.total_width()
            <= MAX_NARROW_WIDTH
        {
            true => max_log_height - i % 4,
            false => (4 + i % 8).min(max_log_height),
        };
        let traces = airs.iter().enumerate();
        let traces = traces.map(|(i, air)| zero_trace(&engine, air, log_height((i, air))));
        Self {
            traces: traces.collect(),
            pk: engine
                .device()
                .transport_pk_to_device(&proving_key(airs, params)),
            engine,
        }
    }

    fn prove(&self) {
        let traces = self.traces.iter().map(|trace| AirProvingContext {
            cached_mains: trace.cached_mains.clone(),
            common_main: trace.common_main.clone(),
            public_values: trace.public_values.clone(),
        });
        let context = ProvingContext::new(traces.enumerate().collect());
        self.engine.prove(&self.pk, context).expect("proof");
    }
}

fn zero_trace(
    engine: &BabyBearPoseidon2MetalEngine,
    air: &AirUnderTest,
    log_height: usize,
) -> AirProvingContext<MetalBackend> {
    let zeros = |width: usize| -> MetalMatrix {
        let zeros = ColMajorMatrix::new(vec![F::ZERO; width << log_height], width);
        engine.device().transport_matrix_to_device(&zeros)
    };
    let cached = air.params.width.cached_mains.iter().map(|&width| {
        let trace = zeros(width);
        let (commitment, data) = engine.device().commit(&[&trace]).expect("commitment");
        CommittedTraceData {
            commitment,
            trace,
            data: Arc::new(data),
        }
    });
    AirProvingContext {
        cached_mains: cached.collect(),
        common_main: zeros(air.params.width.common_main),
        public_values: vec![F::ZERO; air.params.num_public_values],
    }
}

fn standard_vm(c: &mut Criterion) {
    if std::env::var_os("RUST_LOG").is_some() {
        setup_tracing();
    }
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    // A test, and a software adapter, take the smallest statement there is.
    let sizes: &[_] = match is_bench && std::env::var_os("OPENVM_METAL_ADAPTER").is_none() {
        true => &[(20, 12), (21, 18)],
        false => &[(15, 7)],
    };
    let mut group = c.benchmark_group("standard VM");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(4))
        .throughput(Throughput::Elements(1));
    for &(log_stacked_height, max_log_height) in sizes {
        let statement = Statement::new(log_stacked_height, max_log_height);
        let id = BenchmarkId::from_parameter(format!("2^{max_log_height} rows"));
        group.bench_function(id, |b| b.iter(|| statement.prove()));
    }
    group.finish();
}

criterion_group!(benches, standard_vm);
criterion_main!(benches);
