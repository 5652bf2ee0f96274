//! The fractional sumcheck over random fractions, on the GPU that the environment chooses.
//!
//! Times are the device's own where it has timestamps, else those of recording, submission and wait;
//! `wall` is the latter in any case.

use std::time::{Duration, Instant};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use openvm_metal_backend::internals::{
    constraints::logup_gkr::{fractional_sumcheck, FractionalSumcheck, Fractions},
    gpu::{Gpu, GpuOptions},
    transcript::{DeviceSponge, MetalTranscript, TapePlan},
};
use openvm_stark_backend::p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};
use rand::{rngs::StdRng, Rng, SeedableRng};

/// Random fractions, the first million of them again and again.
fn random_fractions(gpu: &Gpu, log_len: u32) -> Fractions {
    let mut rng = StdRng::seed_from_u64(1);
    let len = 1 << log_len;
    let period = len.min(1 << 20);
    let mut element = || F::from_u32(rng.random());
    let numerators: Vec<F> = (0..period).map(|_| element()).collect();
    let denominators: Vec<EF> = (0..period)
        .map(|_| EF::from_basis_coefficients_fn(|_| element()))
        .collect();
    let (numerators, denominators) = (
        numerators.repeat(len / period),
        denominators.repeat(len / period),
    );
    Fractions::upload(gpu, &numerators, &denominators).expect("fractions")
}

fn device_time(gpu: &Gpu, fractions: &Fractions) -> Duration {
    let start = Instant::now();
    let mut tape = TapePlan::new();
    let sumcheck = FractionalSumcheck::plan(&mut tape, fractions.log_len(), false).expect("plan");
    let mut recorder = gpu.recorder("bench");
    let transcript = MetalTranscript::new(false);
    let sponge = DeviceSponge::start(&mut recorder, &transcript, tape).expect("sponge");
    sumcheck
        .record(&mut recorder, &sponge, fractions)
        .expect("record");
    let finished = recorder
        .submit()
        .and_then(|submission| submission.wait())
        .expect("bench");
    finished
        .device_ns
        .map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn logup_gkr(c: &mut Criterion) {
    let options = GpuOptions::from_env().expect("options");
    let gpu = Gpu::shared(&options).expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
    eprintln!("{}", gpu.adapter());
    let log_lens: &[u32] = match gpu.adapter().is_software {
        true => &[10],
        false => &[16, 20, 22, 24, 26, 27],
    };
    let mut group = c.benchmark_group("logup_gkr");
    group.sample_size(10);
    for &log_len in log_lens {
        let fractions = random_fractions(&gpu, log_len);
        group.throughput(Throughput::Elements(1 << log_len));
        group.bench_function(BenchmarkId::new("device", format!("2^{log_len}")), |b| {
            b.iter_custom(|iterations| (0..iterations).map(|_| device_time(&gpu, &fractions)).sum())
        });
        group.bench_function(BenchmarkId::new("wall", format!("2^{log_len}")), |b| {
            b.iter(|| {
                let mut transcript = MetalTranscript::new(false);
                fractional_sumcheck(&gpu, &mut transcript, Some(&fractions), false).expect("proof")
            })
        });
    }
}

criterion_group!(benches, logup_gkr);
criterion_main!(benches);
