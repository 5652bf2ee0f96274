//! Segments of a program of OpenVM's standard VM on the GPU that the environment chooses, one after
//! the other: the AIRs and heights of a fibonacci segment of 3.5 M instructions, 136 M cells, and then
//! segments whose heights differ a little, as those of a program do.
//!
//! Traces are zero, which costs as much as other values; they come from the host before each proof,
//! row by row. With `RUST_LOG=info` the spans and counters of every proof are printed. A software
//! adapter takes traces of 2^7 rows at most. `SEGMENTS=N` makes N of each kind, instead of 8.

use std::{collections::HashMap, sync::Arc, time::Instant};

use openvm_metal_backend::internals::{BabyBearPoseidon2MetalEngine, MetalBackend};
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing,
    prover::{
        AirProvingContext, CommittedTraceData, DeviceDataTransporter, DeviceMultiStarkProvingKey,
        ProvingContext, TraceCommitter,
    },
    StarkEngine,
};
use openvm_stark_sdk::{
    config::{app_params_with_100_bits_security, baby_bear_poseidon2::F},
    utils::setup_tracing,
};
use tracing::info_span;

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/constraint_compiler/airs.rs"]
mod airs;
#[path = "../proving_key/mod.rs"]
mod proving_key;
mod shapes;

use airs::AirUnderTest;
use proving_key::proving_key;
use shapes::AIRS;

struct Program {
    engine: BabyBearPoseidon2MetalEngine,
    pk: DeviceMultiStarkProvingKey<MetalBackend>,
    airs: Vec<AirUnderTest>,
    /// What all heights are lowered by.
    log_divisor: usize,
    /// Committed traces, made once.
    cached: HashMap<usize, CommittedTraceData<MetalBackend>>,
    zeros: Vec<F>,
}

impl Program {
    fn new(log_divisor: usize) -> Self {
        let params =
            app_params_with_100_bits_security(21_usize.saturating_sub(log_divisor).max(15));
        let engine = BabyBearPoseidon2MetalEngine::try_new(params.clone())
            .expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
        let airs = shapes::airs(airs::standard_vm());
        let mut program = Self {
            pk: engine
                .device()
                .transport_pk_to_device(&proving_key(airs.clone(), params)),
            engine,
            airs,
            log_divisor,
            cached: HashMap::new(),
            zeros: F::zero_vec(36 << (21 - log_divisor)),
        };
        let with_cached =
            |(_, air): &(usize, &AirUnderTest)| !air.params.width.cached_mains.is_empty();
        let with_cached: Vec<_> = program
            .airs
            .iter()
            .enumerate()
            .filter(with_cached)
            .map(|(i, air)| (i, air.params.width.cached_mains[0]))
            .collect();
        for (i, width) in with_cached {
            let trace = program.upload(width << program.log_height(i, 0), width);
            let (commitment, data) = program
                .engine
                .device()
                .commit(&[&trace])
                .expect("commitment");
            let data = Arc::new(data);
            program.cached.insert(
                i,
                CommittedTraceData {
                    commitment,
                    trace,
                    data,
                },
            );
        }
        program
    }

    fn log_height(&self, air: usize, variant: usize) -> usize {
        AIRS[air].1[variant].saturating_sub(self.log_divisor)
    }

    fn upload(&self, len: usize, width: usize) -> openvm_metal_backend::internals::MetalMatrix {
        self.engine
            .device()
            .upload_row_major(&self.zeros[..len], width)
    }

    fn segment(&self, variant: usize) -> ProvingContext<MetalBackend> {
        let trace = |(i, air): (usize, &AirUnderTest)| {
            let width = air.params.width.common_main;
            let context = AirProvingContext {
                cached_mains: self.cached.get(&i).cloned().into_iter().collect(),
                common_main: self.upload(width << self.log_height(i, variant), width),
                public_values: vec![F::ZERO; air.params.num_public_values],
            };
            (i, context)
        };
        ProvingContext::new(self.airs.iter().enumerate().map(trace).collect())
    }

    fn n_cells(&self, variant: usize) -> usize {
        let of_air = |(i, air): (usize, &AirUnderTest)| {
            air.params.width.total_width() << self.log_height(i, variant)
        };
        self.airs.iter().enumerate().map(of_air).sum()
    }

    /// Uploads and proves a segment, and prints what it took.
    fn prove(&self, kind: &str, variant: usize) {
        let gpu = self.engine.device().gpu().expect("GPU");
        let before = gpu.counters();
        let _span = info_span!("prove_with_transport").entered();
        let start = Instant::now();
        let segment = info_span!("transport_trace").in_scope(|| self.segment(variant));
        let upload_ms = 1e3 * start.elapsed().as_secs_f64();
        let start = Instant::now();
        self.engine.prove(&self.pk, segment).expect("proof");
        let prove_ms = 1e3 * start.elapsed().as_secs_f64();
        let created = (gpu.counters() - before).buffers_created;
        println!(
            "{kind} {variant}: {:6.1} M cells, upload {upload_ms:7.1} ms, prove {prove_ms:7.1} ms, \
             buffers created {created:3}, MiB in use at most {:6}, reserved {:6}",
            self.n_cells(variant) as f64 / 1e6,
            gpu.highest_bytes() >> 20,
            gpu.reserved_bytes() >> 20,
        );
    }
}

fn main() {
    if std::env::var_os("RUST_LOG").is_some() {
        setup_tracing();
    }
    let is_small = !std::env::args().any(|argument| argument == "--bench")
        || std::env::var_os("OPENVM_METAL_ADAPTER").is_some();
    let n = std::env::var("SEGMENTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(8);
    let program = Program::new(if is_small { 14 } else { 0 });
    for _ in 0..n {
        program.prove("same", 0);
    }
    for i in 0..n {
        program.prove("varied", i % 5);
    }
}
