//! The kernels of transport, the commit stage and the transcript's sponge, one group a family, on the GPU that the
//! environment chooses.
//!
//! Times are the device's own where it has timestamps, else those of submission and wait.

use std::time::{Duration, Instant};

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use openvm_metal_backend::{
    gpu::{Columns, Gpu, GpuOptions, Recorder},
    kernels::{
        merkle::{CompressPairs, HashLeaves, LeafBand},
        ntt::{ColumnPlace, Ntt, NttPlan},
        poseidon2::RATE,
        transcript::{Operations, Transcript},
        transpose::Transpose,
    },
    transcript::{DeviceSponge, MetalTranscript, TapePlan},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};
use std::sync::Arc;

fn gpu() -> Arc<Gpu> {
    let options = GpuOptions::from_env().expect("options");
    let gpu = Gpu::shared(&options).expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
    eprintln!("{}", gpu.adapter());
    gpu
}

/// Sizes for the adapter at hand: a software adapter is some thousand times slower.
fn log_heights(gpu: &Gpu) -> &'static [usize] {
    if gpu.adapter().is_software {
        &[12]
    } else {
        &[16, 20, 22]
    }
}

/// Runs what `record` records `iterations` times, in submissions of a few milliseconds so that the
/// GPU does not fall into a lower clock between them.
fn device_time(gpu: &Gpu, iterations: u64, record: impl Fn(&mut Recorder<'_>)) -> Duration {
    const PER_SUBMISSION: u64 = 4;
    let mut total = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let n = left.min(PER_SUBMISSION);
        let mut recorder = gpu.recorder("bench");
        (0..n).for_each(|_| record(&mut recorder));
        let start = Instant::now();
        let finished = recorder.submit().and_then(|submission| submission.wait());
        let wall = start.elapsed();
        total += finished
            .expect("bench")
            .device_ns
            .map_or(wall, Duration::from_nanos);
        left -= n;
    }
    total
}

/// Rows of a wide trace and of a narrow one, as many as one piece of an upload has.
fn transpose(c: &mut Criterion) {
    let gpu = gpu();
    let kernel = Transpose::new(&gpu).expect("transpose");
    let mut group = c.benchmark_group("transpose");
    for (n_rows, width) in [(796, 2633), (58254, 36)] {
        let rows = gpu.alloc::<F>(n_rows * width, "rows").expect("rows");
        let columns = Columns::<F>::alloc(&gpu, n_rows, width, "columns").expect("columns");
        group.throughput(Throughput::Bytes(
            (2 * n_rows * width * size_of::<F>()) as u64,
        ));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{n_rows} x {width}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        kernel.record(recorder, &rows, n_rows, &columns, 0);
                    })
                })
            },
        );
    }
}

fn ntt(c: &mut Criterion) {
    const WIDTH: usize = 8;
    let gpu = gpu();
    let mut group = c.benchmark_group("ntt");
    for &log_height in log_heights(&gpu) {
        let (source_height, height) = (1 << (log_height - 1), 1 << log_height);
        let ntt = Ntt::new(&gpu, NttPlan::new(log_height as u32, 1, 4)).expect("ntt");
        let source = gpu
            .alloc::<F>(source_height * WIDTH, "source")
            .expect("source");
        let target = gpu.alloc::<F>(height * WIDTH, "target").expect("target");
        let temp = gpu.alloc::<F>(height * WIDTH, "temp").expect("temp");
        group.throughput(Throughput::Elements((height * WIDTH) as u64));
        group.bench_function(
            BenchmarkId::new("encode", format!("2^{log_height} x {WIDTH}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        let source = ColumnPlace::new(&source, 0, source_height);
                        let target = ColumnPlace::new(&target, 0, height);
                        let temp = ColumnPlace::new(&temp, 0, height);
                        ntt.record(recorder, WIDTH, source, target, temp);
                    })
                })
            },
        );
    }
}

fn merkle(c: &mut Criterion) {
    const WIDTH: usize = 40;
    let gpu = gpu();
    let hash = HashLeaves::<F>::new(&gpu).expect("leaves");
    let compress = CompressPairs::new(&gpu).expect("compress");
    let mut group = c.benchmark_group("merkle");
    for &log_height in log_heights(&gpu) {
        let height = 1 << log_height;
        let matrix = Columns::<F>::alloc(&gpu, height, WIDTH, "matrix").expect("matrix");
        let digests = gpu.alloc::<Digest>(height, "digests").expect("digests");
        let parents = gpu.alloc::<Digest>(height / 2, "parents").expect("parents");
        let band = LeafBand {
            query_stride: height,
            first_query: 0,
            band_len: height,
            n_leaves: height,
        };
        let states = match matrix.blocks().count() {
            1 => None,
            _ => Some(hash.alloc_states(&gpu, height).expect("states")),
        };
        // Elements are permutations.
        group.throughput(Throughput::Elements((height * WIDTH / RATE) as u64));
        group.bench_function(
            BenchmarkId::new("leaves", format!("2^{log_height} x {WIDTH}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        hash.record(recorder, &matrix, band, states.as_ref(), (&digests, 0));
                    })
                })
            },
        );
        group.throughput(Throughput::Elements(height as u64 / 2));
        group.bench_function(
            BenchmarkId::new("compress", format!("2^{log_height}")),
            |b| {
                b.iter_custom(|iterations| {
                    device_time(&gpu, iterations, |recorder| {
                        compress.record(recorder, (&digests, 0), (&parents, 0), height / 2, 1);
                    })
                })
            },
        );
    }
}

/// The permutations of one sponge follow one another, so that this is latency.
fn sponge(c: &mut Criterion) {
    let gpu = gpu();
    let kernel = Transcript::new(&gpu).expect("transcript");
    let mut group = c.benchmark_group("sponge");
    let mut bench = |name: &str, n_words: usize, plan: TapePlan, operations: Operations| {
        // Elements are permutations.
        group.throughput(Throughput::Elements((n_words / RATE) as u64));
        group.bench_function(BenchmarkId::new(name, n_words), |b| {
            b.iter_custom(|iterations| {
                let (data, state) = (vec![F::default(); n_words], MetalTranscript::new(false));
                let data = gpu.upload(&data, "data").expect("data");
                device_time(&gpu, iterations, |recorder| {
                    let sponge = DeviceSponge::start(recorder, &state, plan.clone());
                    let sponge = sponge.expect("sponge");
                    kernel
                        .record_with_data(recorder, &sponge, &data, &operations)
                        .expect("record");
                })
            })
        });
    };
    for n_words in [RATE, 101 * RATE] {
        let (mut plan, mut operations) = (TapePlan::new(), Operations::new());
        operations.observe_data(plan.observe(n_words), 0);
        bench("observe", n_words, plan, operations);
    }
    let (mut plan, mut operations) = (TapePlan::new(), Operations::new());
    operations.sample(plan.sample_ext(16));
    bench("sample", 64, plan, operations);
}

criterion_group!(benches, transpose, ntt, merkle, sponge);
criterion_main!(benches);
