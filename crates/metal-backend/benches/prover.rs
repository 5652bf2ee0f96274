//! Whole proofs of `keccakf`'s statement, its trace already on the GPU that the environment chooses,
//! by one thread and by two at once. The throughput is in proofs.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use openvm_metal_backend::internals::{BabyBearPoseidon2MetalEngine, MetalBackend, MetalMatrix};
use openvm_stark_backend::{
    prover::{
        AirProvingContext, ColMajorMatrix, DeviceDataTransporter, DeviceMultiStarkProvingKey,
        ProvingContext,
    },
    StarkEngine,
};
use openvm_stark_sdk::config::{app_params_with_100_bits_security, baby_bear_poseidon2::F};
use p3_keccak_air::generate_trace_rows;
use rand::{rngs::StdRng, Rng, SeedableRng};

#[path = "../examples/keccakf/air.rs"]
mod air;

/// The statement on the device.
struct Statement {
    engine: BabyBearPoseidon2MetalEngine,
    pk: DeviceMultiStarkProvingKey<MetalBackend>,
    trace: MetalMatrix,
}

impl Statement {
    fn new(log_stacked_height: usize, permutations: usize) -> Self {
        let params = app_params_with_100_bits_security(log_stacked_height);
        let engine = BabyBearPoseidon2MetalEngine::try_new(params)
            .expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
        let (pk, _) = engine.keygen(&[Arc::new(air::KeccakfAir)]);
        let mut rng = StdRng::seed_from_u64(42);
        let inputs = (0..permutations).map(|_| rng.random()).collect();
        let trace = ColMajorMatrix::from_row_major(&generate_trace_rows::<F>(inputs, 0));
        Self {
            pk: engine.device().transport_pk_to_device(&pk),
            trace: engine.device().transport_matrix_to_device(&trace),
            engine,
        }
    }

    fn prove(&self) {
        let trace = AirProvingContext::simple_no_pis(self.trace.clone());
        let context = ProvingContext::new(vec![(0, trace)]);
        self.engine.prove(&self.pk, context).expect("proof");
    }

    /// The time in which `n_threads` make `n_proofs` together.
    fn prove_at_once(&self, n_threads: u64, n_proofs: u64) -> Duration {
        let start = Instant::now();
        thread::scope(|scope| {
            for i in 0..n_threads {
                scope.spawn(move || {
                    (i..n_proofs)
                        .step_by(n_threads as usize)
                        .for_each(|_| self.prove())
                });
            }
        });
        start.elapsed()
    }
}

fn prover(c: &mut Criterion) {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    // A test, and a software adapter, take the smallest statement there is.
    let sizes: &[_] = match is_bench && std::env::var_os("OPENVM_METAL_ADAPTER").is_none() {
        true => &[(19, 256), (21, 1024), (23, 4096)],
        false => &[(12, 1)],
    };
    let mut group = c.benchmark_group("keccakf");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(4))
        .throughput(Throughput::Elements(1));
    for &(log_stacked_height, permutations) in sizes {
        let statement = Statement::new(log_stacked_height, permutations);
        for n_threads in [1, 2] {
            let id = BenchmarkId::new(format!("{permutations} permutations"), n_threads);
            group.bench_function(id, |b| {
                b.iter_custom(|n_proofs| statement.prove_at_once(n_threads, n_proofs));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, prover);
criterion_main!(benches);
